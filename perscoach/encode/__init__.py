"""From finished RGBA frames to the files a page plays: VP9 with alpha, HEVC with alpha, PNG frames."""
