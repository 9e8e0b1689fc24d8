"""Renders the project's own example clip: a figure does three slow squats in a simple room.

    python assets/make_example.py [--out assets] [--frames 240]
    mv assets/example.mp4 perscoach/media/

Everything is made here: the figure is the project's mannequin, the room and the light are formulas, the sound is a few
sines. ``example_truth.npz`` holds where every joint truly is:

    joints_3d (F, 33, 3) float32 metres, hip-centred, in the axes of ``Motion``; keypoints_2d (F, 33, 2) float32 pixels;
    root (F, 3) float32 metres, the hips' middle in camera space; fps; size (width, height);
    camera (focal length, principal point x, y) pixels; joint_names (33,)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import wave
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assets.mannequin.paint import colours
from assets.mannequin.raster import rasterise
from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.normals import vertex_normals
from perscoach.avatar.rig import ANKLE, HIP, SHOULDER, SIDES, SOLE, landmarks
from perscoach.avatar.rotations import about, unit
from perscoach.core.files import atomic
from perscoach.media.ffmpeg import pipe_writer
from perscoach.motion import FLIP, Motion
from perscoach.skeleton import MEDIAPIPE33

WIDTH, HEIGHT, FPS, FRAMES = 540, 720, 30, 240
FOCAL = 1.20 * HEIGHT
CENTRE = np.array([WIDTH / 2, 0.47 * HEIGHT])
EYE_HEIGHT, DISTANCE = 1.05, 3.3  # metres: the camera above the floor, the figure from the camera
WALL = 5.2  # metres from the camera
TURN = np.radians(32.0)  # three-quarter view
LIGHT = unit(np.array([-0.55, -0.80, -0.62]))  # towards the lamp: left, above, on the camera's side
SAMPLES = 2
REPS, FIRST, PERIOD = 3, 0.6, 2.45  # seconds


# ------------------------------------------------------------------------------------------------------------- movement


def depth_at(seconds: np.ndarray) -> np.ndarray:
    """How deep the squat is, 0..1: three slow repetitions with a rest between them."""
    t = (seconds - FIRST) / PERIOD
    inside = (t > 0) & (t < REPS)
    phase = np.clip((t - np.floor(t)) / 0.90, 0, 1)
    return np.where(inside, 0.5 - 0.5 * np.cos(2 * np.pi * phase), 0.0)


def knee_between(hip: np.ndarray, ankle: np.ndarray, towards: np.ndarray, thigh: float, shin: float) -> np.ndarray:
    """The knee of a leg whose hip and ankle are known, bent towards a direction."""
    line = ankle - hip
    far = np.linalg.norm(line)
    along = line / far
    a = (thigh**2 - shin**2 + far**2) / (2 * far)
    out = unit(towards - (towards @ along) * along)
    return hip + a * along + np.sqrt(max(thigh**2 - a * a, 0.0)) * out


def squat(depth: float, sway: float) -> dict[str, np.ndarray]:
    """Joints of one moment, facing the camera, the floor at y = 0 (y down), feet planted."""
    mark = landmarks()
    span = {n: float(np.linalg.norm(mark[f"left_{a}"] - mark[f"left_{b}"])) for n, a, b in (
        ("thigh", "hip", "knee"), ("shin", "knee", "ankle"), ("upper", "shoulder", "elbow"), ("fore", "elbow", "wrist"),
    )}  # fmt: skip
    ankle_height = ANKLE[1] - SOLE
    top, low = 0.985 * (span["thigh"] + span["shin"]) + ankle_height, 0.46
    centre = np.array([0.004 * sway, -(top + (low - top) * depth), 0.25 * depth])
    lean = np.radians(4 + 34 * depth)
    up = np.array([0.0, -np.cos(lean), -np.sin(lean)])
    front = np.array([0.0, np.sin(lean) * -1, -np.cos(lean)]) * np.array([1, -1, 1])
    out = {"centre": centre}
    shoulders = centre + up * float(np.linalg.norm((mark["left_shoulder"] + mark["right_shoulder"]) / 2))
    nod = about(np.array([1.0, 0, 0]), np.array(lean * 0.45))
    neck = mark["neck"] - (mark["left_shoulder"] + mark["right_shoulder"]) / 2
    tilt = about(np.array([1.0, 0, 0]), np.array(lean))
    skull = (
        shoulders + tilt @ neck + about(np.array([1.0, 0, 0]), np.array(lean * 0.7)) @ (mark["skull"] - mark["neck"])
    )
    for name in ("nose", "left_ear", "right_ear"):
        out[name] = skull + nod @ (mark[name] - mark["skull"])
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        hip = centre + np.array([sign * HIP[0], 0, 0])
        ankle = np.array([sign * 0.185, -ankle_height, 0.03])
        toes_out = about(np.array([0.0, 1, 0]), np.array(-sign * np.radians(18)))
        knee = knee_between(hip, ankle, toes_out @ np.array([0.0, 0, -1]), span["thigh"], span["shin"])
        raised = np.radians(8 + 80 * np.clip(depth * 1.5, 0, 1) ** 1.2)
        arm = unit(np.array([sign * (0.22 - 0.16 * min(1, depth * 1.5)), np.cos(raised), -np.sin(raised)]))
        fore = unit(arm + np.array([-sign * 0.04, -0.05, -0.10]))
        shoulder = shoulders + np.array([sign * SHOULDER[0], 0, 0])
        elbow = shoulder + arm * span["upper"]
        wrist = elbow + fore * span["fore"]
        across = unit(np.array([-sign * 0.35, -1.0, 0.0]) * np.sin(raised) + front * np.cos(raised))
        out |= {
            f"{side}_{n}": p
            for n, p in (
                ("hip", hip),
                ("knee", knee),
                ("ankle", ankle),
                ("shoulder", shoulder),
                ("elbow", elbow),
                ("wrist", wrist),
            )
        }
        for name, along, wide in (("index", 0.092, 0.026), ("pinky", 0.082, -0.030), ("thumb", 0.060, 0.050)):
            out[f"{side}_{name}"] = wrist + fore * along + across * wide
        for name in ("heel", "toe"):
            out[f"{side}_{name}"] = ankle + toes_out @ (mark[f"{side}_{name}"] - mark[f"{side}_ankle"])
    return out


def movement(frames: int) -> tuple[Motion, np.ndarray]:
    """The hip-centred motion and the hips' middle in camera space (F, 3)."""
    seconds = np.arange(frames) / FPS
    names = MEDIAPIPE33.joints
    joints, root = np.zeros((frames, len(names), 3)), np.zeros((frames, 3))
    turn = about(np.array([0.0, 1, 0]), np.array(TURN))
    for f, depth in enumerate(depth_at(seconds)):
        pose = squat(float(depth), float(np.sin(1.7 * seconds[f])))
        for side in SIDES:
            pose[f"{side}_foot_index"] = pose.pop(f"{side}_toe")
        for j, name in enumerate(names):
            joints[f, j] = pose.get(name, pose["nose"]) - pose["centre"]
        root[f] = turn @ pose["centre"] + np.array([0.02, EYE_HEIGHT, DISTANCE])
    joints = joints @ turn.T
    zeros = np.zeros((frames, len(names)), np.float32)
    motion = Motion(
        Fraction(FPS), WIDTH, HEIGHT, MEDIAPIPE33, joints.astype(np.float32), np.zeros((frames, len(names), 2), np.float32),
        zeros + 1, np.ones(frames, bool), np.zeros((frames, 3), np.float32), root.astype(np.float32), "rendered",
    )  # fmt: skip
    return motion, root


def with_face(joints: np.ndarray, mesh: Mannequin) -> np.ndarray:
    """The joints with eyes and mouth where the mannequin's head carries them."""
    head = mesh.rig.at("head")
    out = joints.copy()
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        places = {f"{side}_eye_inner": 0.020, f"{side}_eye": 0.032, f"{side}_eye_outer": 0.045}
        points = {name: np.array([sign * x, 0.716, 0.098]) for name, x in places.items()}
        points[f"mouth_{side}"] = np.array([sign * 0.023, 0.6555, 0.100])
        for name, point in points.items():
            local = point * FLIP - mesh.rig.pivots[head]
            at = np.einsum("fij,j->fi", mesh.pose.rotations[:, head], local) + mesh.pose.places[:, head]
            out[:, MEDIAPIPE33.index[name]] = at
    return out


def project(points: np.ndarray) -> np.ndarray:
    """Camera space (…, 3) to pixels (…, 2)."""
    return points[..., :2] / points[..., 2:] * FOCAL + CENTRE


# --------------------------------------------------------------------------------------------------------------- picture


def room(width: int, height: int, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The empty room (H, W, 3) float 0..255, which pixels are floor (H, W), and their floor places (H, W, 2) metres."""
    x = (np.arange(width) + 0.5) / scale
    y = (np.arange(height) + 0.5) / scale
    dx, dy = np.meshgrid((x - CENTRE[0]) / FOCAL, (y - CENTRE[1]) / FOCAL)
    depth = np.where(dy > 1e-6, EYE_HEIGHT / np.maximum(dy, 1e-6), np.inf)
    floor = depth < WALL
    px, pz = dx * np.where(floor, depth, WALL), np.where(floor, depth, WALL)
    plank = np.floor(px / 0.14)
    tone = np.modf(np.abs(np.sin(plank * 12.9898 + np.floor((pz + plank * 0.37) / 1.3) * 78.233)) * 43758.5)[0]
    grain = 0.5 + 0.5 * np.sin(px * 160 + 3 * np.sin(pz * 5 + plank))
    wood = np.array([186.0, 158, 128]) * (0.90 + 0.11 * tone + 0.025 * grain)[..., None]
    joint = np.abs(np.modf(px / 0.14 + 100)[0] - 0.5) > 0.485
    wood *= np.where(joint, 0.86, 1.0)[..., None]
    wood *= (0.78 + 0.30 * np.exp(-((px + 0.4) ** 2 + (pz - 3.2) ** 2) / 3.5))[..., None]
    wy = EYE_HEIGHT - dy * WALL  # height above the floor on the wall
    wall = (
        np.array([206.0, 212, 214]) * (0.80 + 0.24 * np.exp(-((dx * WALL + 0.9) ** 2 + (wy - 1.7) ** 2) / 4))[..., None]
    )
    board = (wy < 0.11)[..., None]
    wall = np.where(board, np.array([232.0, 232, 230]) * np.where(wy > 0.095, 0.86, 0.97)[..., None], wall)
    wall *= 1 - 0.25 * np.exp(-np.maximum(wy, 0) / 0.10)[..., None] * (1 - board * 0.6)
    wood *= 1 - 0.35 * np.exp(-np.maximum(WALL - pz, 0) / 0.20)[..., None]
    return np.where(floor[..., None], wood, wall), floor, np.stack([px, pz], -1)


def shadow(vertices: np.ndarray, faces: np.ndarray, shape: tuple[int, int], scale: float) -> np.ndarray:
    """How much lamp light is missing on the floor (H, W) 0..1: sharp at the feet, soft further away."""
    down = (EYE_HEIGHT - vertices[:, 1:2]) / -LIGHT[1]
    cast = vertices - LIGHT * down
    hard = np.zeros(shape, np.uint8)
    pixels = np.round(project(cast) * scale * 8).astype(np.int32)
    for triangle in pixels[faces]:
        cv2.fillConvexPoly(hard, triangle, 255, shift=3)
    near = np.zeros(shape, np.uint8)
    low = (EYE_HEIGHT - vertices[faces][..., 1]).max(1) < 0.16
    for triangle in pixels[faces[low]]:
        cv2.fillConvexPoly(near, triangle, 255, shift=3)
    soft = cv2.GaussianBlur(hard, (0, 0), 9 * scale).astype(np.float32) / 255
    contact = cv2.GaussianBlur(near, (0, 0), 3 * scale).astype(np.float32) / 255
    return np.clip(0.50 * soft + 0.45 * contact, 0, 0.75)


def shade(normal: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Lamp, sky, bounce from the floor, and a faint rim; all soft."""
    lamp = np.clip((normal @ LIGHT + 0.25) / 1.25, 0, 1) ** 1.3
    sky = 0.5 - 0.5 * normal[..., 1]
    bounce = np.clip(normal[..., 1], 0, 1)[..., None] * np.array([0.13, 0.10, 0.07])
    rim = np.clip(1 + normal[..., 2], 0, 1) ** 3 * 0.10
    light = (0.24 + 0.66 * lamp + 0.20 * sky + rim)[..., None] + bounce
    return colour * light


def draw(
    vertices: np.ndarray, faces: np.ndarray, rest: np.ndarray, backdrop: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> np.ndarray:
    """One frame (H, W, 3) uint8 RGB."""
    empty, floor, _ = backdrop
    shape = empty.shape[:2]
    normals = vertex_normals(vertices, faces)
    face, bary = rasterise(project(vertices) * SAMPLES, vertices[:, 2], faces, shape[1], shape[0])
    dark = cv2.resize(shadow(vertices, faces, (HEIGHT, WIDTH), 1.0), shape[::-1], interpolation=cv2.INTER_LINEAR)
    picture = empty * (1 - dark * floor)[..., None]
    hit = face >= 0
    corners, weights = faces[face[hit]], bary[hit][..., None]
    normal = unit((normals[corners] * weights).sum(1))
    picture[hit] = shade(normal, colours((rest[corners] * weights).sum(1)))
    small = cv2.resize(np.clip(picture, 0, 255).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.round(small).astype(np.uint8)


# ----------------------------------------------------------------------------------------------------------------- sound


def sound(path: Path, seconds: float, rate: int = 48000) -> None:
    """A quiet room and a soft tone at the bottom of every squat."""
    t = np.arange(int(seconds * rate)) / rate
    rng = np.random.default_rng(1)
    signal = 0.0015 * rng.standard_normal(len(t))
    for rep in range(REPS):
        at = FIRST + (rep + 0.45) * PERIOD
        since = np.maximum(t - at, 0)
        envelope = (t >= at) * (1 - np.exp(-since * 200)) * np.exp(-since * 9)
        signal += 0.12 * envelope * (np.sin(2 * np.pi * 523.25 * since) + 0.4 * np.sin(2 * np.pi * 1046.5 * since))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(signal, -1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--still", type=int, help="write only this frame, as example.png")
    options = parser.parse_args()
    motion, root = movement(options.frames)
    mesh = Mannequin(motion)
    backdrop = room(WIDTH * SAMPLES, HEIGHT * SAMPLES, SAMPLES)

    def frame(i: int) -> np.ndarray:
        return draw(mesh.vertices(i, i + 1)[0].astype(np.float64) + root[i], mesh.faces, mesh.rig.vertices, backdrop)

    if options.still is not None:
        cv2.imwrite(str(options.out / "example.png"), frame(options.still)[..., ::-1])
        return
    joints = with_face(motion.joints_3d.astype(np.float64), mesh)
    with tempfile.TemporaryDirectory() as folder, atomic(options.out / "example.mp4") as part:
        track = Path(folder) / "sound.wav"
        sound(track, options.frames / FPS)
        args = [
            "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:0", "-i", str(track),
            "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-c:v", "libx264", "-preset", "slow", "-crf", "21", "-pix_fmt", "yuv420p",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", "-bf", "0", "-c:a", "aac",
            "-b:a", "64k", "-movflags", "+faststart", "-bitexact", str(part),
        ]  # fmt: skip
        with pipe_writer(args) as video:
            for i in range(options.frames):
                video.write(frame(i))
    with atomic(options.out / "example_truth.npz") as part:
        np.savez_compressed(
            part, joints_3d=joints.astype(np.float32), keypoints_2d=project(joints + root[:, None]).astype(np.float32),
            root=root.astype(np.float32), fps=np.float64(FPS), size=np.array([WIDTH, HEIGHT]),
            camera=np.array([FOCAL, *CENTRE]), joint_names=np.array(MEDIAPIPE33.joints),
        )  # fmt: skip


if __name__ == "__main__":
    main()
