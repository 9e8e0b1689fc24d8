"""The Space / Studio entry: builds the app and launches it."""

from perscoach.ui.launch import main

if __name__ == "__main__":
    raise SystemExit(main())
