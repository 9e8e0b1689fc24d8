// What the Colour step's modules hand to each other.

declare namespace Colour {
  /** Bytes: red, green and blue planes one after the other; alpha null where all is opaque. */
  interface Planes {
    width: number;
    height: number;
    planes: Uint8Array;
    alpha: Uint8Array | null;
  }

  /** A standing frame, or the person cut out of it: which part [x, y, width, height] of which clip. */
  interface Still extends Planes {
    key: string;
    index: number;
    part: number[];
    clip: Shared.Clip | null;
  }

  /** RGBA bytes, straight alpha. */
  interface Pixels {
    width: number;
    height: number;
    data: Uint8ClampedArray<ArrayBuffer>;
  }

  /** A plane of alpha bytes. */
  interface Alpha {
    width: number;
    height: number;
    data: Uint8Array;
  }

  interface Size {
    width: number;
    height: number;
  }

  interface Place {
    x: number;
    y: number;
  }

  interface Rgb {
    r: number;
    g: number;
    b: number;
  }

  /** What the page wants to see of a clip (pictures.py: View). */
  interface View {
    mode: string;
    pixels?: number;
    width?: number;
    height?: number;
    x: number;
    y: number;
  }

  /** A look's table: size^3 triples, red fastest; domain: lowest and highest red, green and blue. */
  interface Cube {
    size: number;
    table: Float32Array;
    domain: number[][];
  }

  /** Two choices side by side; a left of null is the picture as filmed; split 0..1; mark: clipped places. */
  interface Scene {
    left: Shared.Choice | null;
    right: Shared.Choice;
    split: number;
    mark?: boolean;
  }

  /** A frame of the moving clip. */
  type Frame = VideoFrame | HTMLVideoElement;

  /** Draws the picture: with WebGL2, or standing frames without it. */
  interface Screen {
    kind: "gl" | "cpu";
    canvas: HTMLCanvasElement;
    /** Called when a lost graphics card is back. */
    onrestored: (() => void) | null;
    /** Show a still. */
    still(source: Planes): void;
    /** Take a frame of the moving clip, which is open now; gl alone. */
    take(picture: Frame, part: number[]): void;
    /** Which part of that frame is shown, and with which alpha, or none; gl alone. */
    change(part: number[], alpha: Alpha | null): void;
    addLook(id: string, cube: Cube): void;
    paint(scene: Scene): void;
    /** The picture small. */
    read(scene: Scene, size: Size & { smooth?: boolean }): Pixels | null;
    /** A part of the canvas, [x, y, w, h] in 0..1. */
    readPart(scene: Scene, part: number[], size: Size): Pixels | null;
  }

  type Answer<T> = (T & { error?: undefined }) | Shared.Failure;

  /** Each function of the server, and its answer where it is not a failure. */
  interface Server {
    job(ask: { token: string }): Promise<Answer<Shared.JobAnswer>>;
    frame(ask: StillAsk): Promise<Answer<Shared.StillAnswer>>;
    cutout(ask: StillAsk): Promise<Answer<Shared.StillAnswer>>;
    save(ask: { token: string } & Shared.Choice): Promise<Answer<Shared.Choice>>;
    preset(ask: { token: string; text: string }): Promise<Answer<{ name: string; grade: Shared.Grade }>>;
    preset_file(ask: { token: string; name: string; grade: Shared.Grade }): Promise<Answer<{ file: string; value: unknown }>>;
    cube(ask: { token: string; name: string } & Shared.Choice): Promise<Answer<{ file: string; text: string }>>;
    matte(ask: { token: string }): Promise<Answer<Shared.MatteAnswer>>;
    look(ask: { token: string; name: string; text: string }): Promise<Answer<{ look: Shared.Look; cube: Shared.CubeJson }>>;
    look_table(ask: { token: string; id: string }): Promise<Answer<{ cube: Shared.CubeJson }>>;
    jobs(ask: { token: string }): Promise<Answer<{ jobs: Shared.OtherJob[] }>>;
    copy(ask: { token: string; to: string } & Shared.Choice): Promise<Answer<{ name: string }>>;
    suggest(ask: { token: string }): Promise<Answer<Shared.Advice>>;
    match(ask: { token: string } & Shared.PackedPicture): Promise<Answer<Shared.Advice & Shared.Difference>>;
  }

  interface StillAsk {
    token: string;
    index: number;
    view: View;
  }

  /** Says a sentence; `bad`: something went wrong. */
  type Say = (sentence: string, bad?: boolean) => void;
}
