// Reads a .glb or .bvh with three.js and prints, as JSON, where its bones are at the given times:
//   node read_back.mjs FILE TIMES.json
// {names, rest: [[x, y, z], …] before anything plays, frames: [[[x, y, z], …], …], vertices: [[…], …] (some of the skinned mesh's), duration, warnings}
import { readFileSync } from "node:fs";
import * as THREE from "three";
import { BVHLoader } from "three/examples/jsm/loaders/BVHLoader.js";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";

const [file, wanted] = process.argv.slice(2);
const times = JSON.parse(readFileSync(wanted, "utf-8"));
const raw = readFileSync(file);
const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));
Object.assign(globalThis, { self: globalThis });

async function load() {
  if (file.endsWith(".bvh")) {
    // BVHLoader leaves . and : in names, which its own animation then cannot address (GLTFLoader takes them out)
    const text = raw.toString("utf-8").replace(/^\s*(ROOT|JOINT) .*$/gm, (line) => line.replace(/[.:]/g, ""));
    const found = new BVHLoader().parse(text);
    const scene = new THREE.Group();
    scene.add(found.skeleton.bones[0]);
    return { scene, clip: found.clip, bones: found.skeleton.bones, mixed: found.skeleton.bones[0], mesh: null };
  }
  const buffer = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength);
  const gltf = await new GLTFLoader().parseAsync(buffer, "");
  /** @type {any} */
  let mesh = null;
  gltf.scene.traverse((node) => { if (node instanceof THREE.SkinnedMesh) mesh = node; });
  return { scene: gltf.scene, clip: gltf.animations[0], bones: mesh.skeleton.bones, mixed: gltf.scene, mesh };
}

const { scene, clip, bones, mixed, mesh } = await load();
const mixer = new THREE.AnimationMixer(mixed);
scene.updateMatrixWorld(true);
const rest = bones.map((bone) => bone.getWorldPosition(new THREE.Vector3()).toArray());
if (clip) {
  const action = mixer.clipAction(clip);
  action.setLoop(THREE.LoopOnce, 1);
  action.clampWhenFinished = true;
  action.play();
}
const at = new THREE.Vector3();
const step = mesh ? Math.max(1, Math.floor(mesh.geometry.attributes.position.count / 40)) : 0;
const frames = [], vertices = [];
for (const time of times) {
  mixer.setTime(time);
  scene.updateMatrixWorld(true);
  frames.push(bones.map((bone) => bone.getWorldPosition(at).toArray()));
  if (!mesh) continue;
  mesh.skeleton.update();
  const some = [];
  for (let i = 0; i < mesh.geometry.attributes.position.count; i += step) {
    some.push(mesh.getVertexPosition(i, at).applyMatrix4(mesh.matrixWorld).toArray());
  }
  vertices.push(some);
}
console.log(JSON.stringify({ names: bones.map((b) => b.name), rest, frames, vertices, step, duration: clip?.duration ?? 0, warnings }));
