"""The published command line of the pose stage; see ``python extract_3d_pose.py --help``."""

from perscoach.extract_3d_pose import main

if __name__ == "__main__":
    raise SystemExit(main())
