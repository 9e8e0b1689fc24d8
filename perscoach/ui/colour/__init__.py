"""The Colour step: the frame as it is, graded in the browser, and the numbers kept with the job."""
