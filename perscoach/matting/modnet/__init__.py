"""MODNet (Ke et al., AAAI 2022; code and checkpoints Apache-2.0) behind ``perscoach.matting.base.MattingEngine``.

``engine.open_modnet`` is what the rest of the program calls; nothing heavy is imported before it.
"""
