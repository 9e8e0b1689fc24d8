/** The trainer's body in 3D, drawn by three.js: any side can be looked at. */
import * as THREE from './vendor/three.module.js';
import { OrbitControls } from './vendor/OrbitControls.js';
import { parse } from './format.mjs';

const SKIN = 0xc9d3dc;
const GUESSED_SKIN = 0x5d6771;
const GROUND = 0x1b232b;
const TURN_SECONDS = 0.35;
/** Where the camera stands: turn about the vertical and height above the middle, radians. */
const VIEWS = { front: [0, 0.08], side: [Math.PI / 2, 0.08], back: [Math.PI, 0.08], corner: [Math.PI / 5, 0.25], top: [0, 1.45] };

export class BodyView {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{reducedMotion?: boolean}} [options]
   * @throws {Error} where the browser has no WebGL
   */
  constructor(canvas, { reducedMotion = false } = {}) {
    this.canvas = canvas;
    this.reducedMotion = reducedMotion;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.software = isSoftware(this.renderer.getContext());
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(32, 1, 0.1, 50);
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x46505a, 2.1));
    const key = new THREE.DirectionalLight(0xffffff, 1.9);
    key.position.set(1.5, 3, 2.5);
    this.scene.add(key);
    this.ground = new THREE.GridHelper(4, 16, 0x4a5865, GROUND);
    this.scene.add(this.ground);
    this.root = new THREE.Group();
    this.scene.add(this.root);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enablePan = false;
    this.controls.minDistance = 1.2;
    this.controls.maxDistance = 9;
    this.controls.addEventListener('change', () => this.draw());
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(canvas);
    this.frame = -1;
    /** @type {import('./format.mjs').Movement|null} */ this.movement = null;
    this.lost = (/** @type {Event} */ event) => event.preventDefault();
    canvas.addEventListener('webglcontextlost', this.lost);
    this.restored = () => this.draw();
    canvas.addEventListener('webglcontextrestored', this.restored);
  }

  /** Read the compact body. @param {string} url @throws {Error} it is not there, or something else */
  async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const movement = parse(await response.arrayBuffer());
    this.movement = movement;
    const vertices = movement.vertexCount;
    this.planes = new Float32Array(3 * vertices);
    this.geometry = new THREE.BufferGeometry();
    this.position = new THREE.BufferAttribute(new Float32Array(3 * vertices), 3).setUsage(THREE.DynamicDrawUsage);
    this.geometry.setAttribute('position', this.position);
    this.geometry.setIndex(new THREE.BufferAttribute(movement.sections.faces, 1));
    const guessed = movement.guessedSkin();
    const material = new THREE.MeshStandardMaterial({ color: guessed ? 0xffffff : SKIN, roughness: 0.75, metalness: 0, vertexColors: Boolean(guessed) });
    if (guessed) {
      const shade = (/** @type {number} */ guess) => new THREE.Color(guess ? GUESSED_SKIN : SKIN).toArray();
      this.geometry.setAttribute('color', new THREE.BufferAttribute(Float32Array.from([...guessed].flatMap(shade)), 3));
    }
    this.mesh = new THREE.Mesh(this.geometry, material);
    this.mesh.frustumCulled = false;
    this.root.clear();
    this.root.add(this.mesh);
    const [[x0, x1], [y0, y1], [, top]] = movement.room();
    this.middle = new THREE.Vector3((x0 + x1) / 2, top / 2, -(y0 + y1) / 2);
    this.reach = Math.max(top, x1 - x0, y1 - y0) * 0.58;
    this.view('corner', true);
    this.show(this.frame < 0 ? 0 : this.frame);
  }

  /** The body of a frame; the frame that is shown already costs nothing. @param {number} frame */
  show(frame) {
    if (!this.movement || !this.position || !this.geometry || !this.planes || !this.mesh) {
      this.frame = frame;
      return;
    }
    if (frame === this.frame && this.drawn) return;
    this.frame = frame;
    this.drawn = true;
    this.mesh.visible = Boolean(this.movement.sections.mesh_valid[frame]);
    if (this.mesh.visible) {
      const { planes, position } = this;
      const n = this.movement.vertexCount;
      this.movement.mesh(frame, planes);
      for (let i = 0, o = 0; i < n; i++) {
        position.array[o++] = planes[i];
        position.array[o++] = planes[2 * n + i]; // the file's z is up, three's is y
        position.array[o++] = -planes[n + i];
      }
      position.needsUpdate = true;
      this.geometry.computeVertexNormals();
    }
    this.draw();
  }

  /**
   * Look from a side.
   * @param {keyof typeof VIEWS} name @param {boolean} [atOnce]
   */
  view(name, atOnce = false) {
    if (!this.middle || !this.reach) return;
    const { middle } = this;
    const [turn, height] = VIEWS[name] ?? VIEWS.corner;
    const distance = this.reach / Math.tan((this.camera.fov * Math.PI) / 360) / Math.min(1, this.camera.aspect);
    const to = new THREE.Vector3(Math.sin(turn) * Math.cos(height), Math.sin(height), Math.cos(turn) * Math.cos(height));
    to.multiplyScalar(Math.min(distance, this.controls.maxDistance)).add(middle);
    this.controls.target.copy(middle);
    cancelAnimationFrame(this.turning ?? 0);
    if (atOnce || this.reducedMotion || this.software) {
      this.camera.position.copy(to);
      this.controls.update();
      this.draw();
      return;
    }
    const from = this.camera.position.clone();
    const began = performance.now();
    const step = () => {
      const share = Math.min(1, (performance.now() - began) / 1000 / TURN_SECONDS);
      const eased = share * share * (3 - 2 * share);
      this.camera.position.lerpVectors(from, to, eased).sub(middle);
      this.camera.position.setLength(from.distanceTo(middle) * (1 - eased) + to.distanceTo(middle) * eased).add(middle);
      this.controls.update();
      this.draw();
      if (share < 1) this.turning = requestAnimationFrame(step);
    };
    this.turning = requestAnimationFrame(step);
  }

  /** Show the mirror image, as the client sees themself. @param {boolean} on */
  mirror(on) {
    this.root.scale.x = on ? -1 : 1;
    this.draw();
  }

  /** Fit the picture to the canvas's size on the page. */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setPixelRatio(this.software ? 1 : Math.min(2, window.devicePixelRatio || 1));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  draw() {
    if (!this.renderer.getContext().isContextLost()) this.renderer.render(this.scene, this.camera);
  }

  dispose() {
    cancelAnimationFrame(this.turning ?? 0);
    this.resizing.disconnect();
    this.canvas.removeEventListener('webglcontextlost', this.lost);
    this.canvas.removeEventListener('webglcontextrestored', this.restored);
    this.controls.dispose();
    this.geometry?.dispose();
    /** @type {any} */ (this.mesh?.material)?.dispose();
    this.ground.geometry.dispose();
    /** @type {any} */ (this.ground.material).dispose();
    this.renderer.dispose();
  }
}

/** Whether the picture is drawn by the processor. @param {WebGLRenderingContext|WebGL2RenderingContext} gl */
function isSoftware(gl) {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return /swiftshader|llvmpipe|software/i.test(String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
}
