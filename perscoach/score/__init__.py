"""How well a client repeats the trainer's movement. ``perscoach/mirror/page/score.mjs`` is the same in the browser."""
