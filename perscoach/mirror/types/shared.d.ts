// What Python and the pages exchange, as it stands in JSON. tests/test_web_types.py checks these types against what Python writes.

declare namespace Shared {
  /** English, Russian. */
  type Pair = string[];
  type Texts = Record<string, Pair>;

  // score/rules.json -----------------------------------------------------------------------------------------------------

  /** One limb: indices into `points`; degrees of difference that are still good (`ok`) and bad (`bad`). */
  interface Bone {
    name: string;
    from: number[];
    to: number[];
    ok: number;
    bad: number;
    other_side: number;
  }

  interface Rules {
    version: number;
    points: string[];
    joints: Record<string, number[]> & { mediapipe33: number[] };
    other_side: number[];
    bones: Bone[];
    visible: number;
    depth: number;
    one_euro: { min_cutoff: number; beta: number; derivative_cutoff: number; reset_after: number };
    sample_every: number;
    yaw: { window: number; least_width: number };
    lag: { most: number; step: number; window: number; every: number; change: number; least_gain: number; free: number };
    timing: { free: number; late: number; unsteady: number; free_tempo: number; tempo: number };
    jump: number;
    calibration: { seconds: number; most: number; least_frames: number };
    colour: { green: number; red: number };
    groups: string[];
    measures: Measure[];
    curve: { at_tolerance: number; nothing_at: number; worst: number };
    turns: {
      rise: number; fall: number; least_fall: number; near: number; least_seconds: number; full: number; missed_after: number;
      missed_least: number;
    };
    rest: {
      samples: number; every: number; within: number; percentile: number; used: number; upright: number; straight: number;
    };
    moments: { seconds: number; deg: number; leg: number; measures: string[] };
    alike: { bones: number[]; apart: number; uneven: number; arms: number; stands: number; lower: number };
    even_knees: number;
    own: number;
  }

  /** One row of the table of anatomy; `points` must be seen, `bones` are the limbs that it speaks for. */
  interface Measure {
    name: string;
    group: string;
    kind: string;
    unit: string;
    points: number[];
    tolerance: number;
    bones: number[];
    own_rest?: boolean;
    either?: boolean;
    other_side?: string;
    worse?: number;
    // for the plan, which Python makes
    main?: number;
    enough?: number;
    room?: number;
    natural?: number;
    trust?: number;
    from_straight?: boolean;
    least?: number;
    floor?: number;
    judged_from?: number;
    with?: string[];
    unless?: string[];
    pose?: string;
    straight?: number;
    stays?: number;
    legs?: boolean;
  }

  // score/track.py: Track.to_json ------------------------------------------------------------------------------------------

  /** Arrays are base64 of little-endian numbers: points and pixels int16, valid uint8. */
  interface TrackJson {
    schema: string;
    rules: number;
    fps: number;
    width: number;
    height: number;
    frames: number;
    skeleton: string;
    step: number;
    points: string;
    pixels: string;
    valid: string;
    guessed: string;
    plan: PlanJson;
  }

  /** score/plan.py: what is judged. `moments`: start, stop, values of all measures. */
  interface PlanJson {
    main: string;
    travel: number;
    period: number;
    turns: [number, number, number][];
    targets: Target[];
    moments: [number, number, (number | null)[]][];
    level: number[];
    rest: number;
    shapes?: number[][];
  }

  interface Target {
    name: string;
    rest: number;
    key: number;
    tolerance: number;
    worse: number;
    room?: number;
    weight: number;
    cue: string;
  }

  // avatar/compact.py: viewer.bin; bundles/engine_comparison.py: compare.bin -------------------------------------------------

  interface Section {
    dtype: string;
    shape: number[];
    offset: number;
    scale?: number | number[];
  }

  interface TrackHeader {
    format: string;
    version: number;
    fps: number[];
    frames: number;
    width: number;
    height: number;
    skeleton: { name: string; joints: string[]; edges: number[][] };
    angles: { name: string; joint?: number; off?: number }[];
    sections: Record<string, Section>;
  }

  interface MovementHeader extends TrackHeader {
    angles: { name: string; joint: number; off?: number }[];
    engine: string;
    up: number[] | null;
    repetitions: number[][];
    mesh: { name: string; vertices: number; faces: number; components: number; mean_error_mm: number; max_error_mm: number };
  }

  interface EnginesHeader extends TrackHeader {
    engines: string[];
    figures: Figures;
  }

  /** How alike two engines are: null where nothing can be compared. */
  interface Figures {
    frames: number;
    both: number;
    share: number | null;
    px: number | null;
    knee: number | null;
    knee_deg: number | null;
  }

  // ui/colour/service.py and its neighbours ----------------------------------------------------------------------------------

  interface Failure {
    error: Pair;
  }

  interface Grade {
    brightness_boost: number;
    contrast: number;
    lab_lift: number;
    red_boost: number;
    blue_reduce: number;
  }

  interface Look {
    id: string;
    name: string;
    amount: number;
  }

  interface Choice {
    grade: Grade;
    look: Look | null;
  }

  interface Clip {
    width: number;
    height: number;
    frames: number;
    fps: number;
  }

  interface Parameter {
    name: keyof Grade;
    low: number;
    high: number;
    step: number;
    default: number;
    neutral: number;
  }

  interface Maths {
    to_xyz: number[][];
    to_rgb: number[][];
    lift: number;
  }

  interface Setup {
    parameters: Parameter[];
    presets: { key: string; name: Pair; grade: Grade }[];
    max_pixels: number;
    texts: Texts;
    maths: Maths;
  }

  /** `clip` is null while the clip is being prepared; `address` comes with it. */
  /** Why a clip did not open with the House look (jobs/opening.py): shares of the person that are clipped, 0..1. */
  interface Opening {
    source: number;
    house: number;
    grade: Grade;
  }

  interface JobAnswer {
    name: string;
    grade: Grade;
    look: Look | null;
    opening: Opening | null;
    clip: Clip | null;
    address?: string;
  }

  /** Planes one after the other: red, green, blue and, for a cut-out, alpha (ui/colour/pictures.py: pack). */
  interface StillAnswer {
    index: number;
    width: number;
    height: number;
    part: number[];
    planes: string;
  }

  interface MatteAnswer {
    state: string;
    done: number;
    frames: number;
    url: string | null;
    why: Pair | null;
  }

  /** `table`: base64 of float32, red fastest. */
  interface CubeJson {
    size: number;
    domain: number[][];
    table: string;
  }

  /** Five numbers and the reasons for them. */
  interface Advice {
    grade: Grade;
    why: Pair[];
  }

  /** Between the person and the reference picture, before and after. */
  interface Difference {
    before: number;
    after: number;
  }

  /** base64: rgb bytes, and alpha where the picture has see-through places. */
  interface PackedPicture {
    width: number;
    height: number;
    rgb: string;
    alpha: string | null;
  }

  interface OtherJob {
    token: string;
    name: string;
    created: number;
    busy: boolean;
    thumbnail: string | null;
  }
}
