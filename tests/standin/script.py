"""The stand-in as TorchScript: the modules, attributes and methods of ``mhr_model.pt`` that are read anywhere.

Forward kinematics in float64 as in MHR, then linear blend skinning; ``apply_correctives`` adds a small swelling at bent
knees and elbows, so that true vertices differ from plain skinning as they do in MHR.
"""

from __future__ import annotations

from typing import List, Optional, Tuple  # noqa: UP035  (TorchScript reads these names)

import numpy as np
import torch
from torch import Tensor, nn


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    """Quaternions x y z w."""
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    vector = aw * bv + bw * av + torch.cross(av, bv, dim=-1)
    return torch.cat([vector, aw * bw - (av * bv).sum(-1, keepdim=True)], -1)


def _turn(q: Tensor, v: Tensor) -> Tensor:
    t = 2 * torch.cross(q[..., :3], v, dim=-1)
    return v + q[..., 3:] * t + torch.cross(q[..., :3], t, dim=-1)


def _matrix(q: Tensor) -> Tensor:
    columns = [_turn(q, axis.expand_as(q[..., :3])) for axis in torch.eye(3, dtype=q.dtype, device=q.device)]
    return torch.stack(columns, -1)


def _quaternion(angles: Tensor) -> Tensor:
    """Rz·Ry·Rx of (…, 3) angles."""
    s, c = torch.sin(angles / 2), torch.cos(angles / 2)
    none = torch.zeros_like(s[..., 0])
    x = torch.stack([s[..., 0], none, none, c[..., 0]], -1)
    y = torch.stack([none, s[..., 1], none, c[..., 1]], -1)
    z = torch.stack([none, none, s[..., 2], c[..., 2]], -1)
    return _multiply(z, _multiply(y, x))


class Skeleton(nn.Module):
    def __init__(self, names: List[str], parents: np.ndarray, offsets: np.ndarray, turns: np.ndarray) -> None:  # noqa: UP006
        super().__init__()
        self.joint_names: List[str] = names  # noqa: UP006
        self.register_buffer("joint_parents", torch.tensor(parents, dtype=torch.int32))
        self.register_buffer("joint_translation_offsets", torch.tensor(offsets, dtype=torch.float32))
        self.register_buffer("joint_prerotations", _quaternion(torch.tensor(turns)).float())
        depth = np.zeros(len(parents), int)
        for joint, parent in enumerate(parents):
            depth[joint] = 0 if parent < 0 else depth[parent] + 1
        self.levels: List[List[int]] = [np.flatnonzero(depth == d).tolist() for d in range(1, depth.max() + 1)]  # noqa: UP006
        self.above: List[List[int]] = [[int(parents[j]) for j in level] for level in self.levels]  # noqa: UP006


class Mesh(nn.Module):
    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("rest_vertices", torch.tensor(vertices, dtype=torch.float32))
        self.register_buffer("faces", torch.tensor(faces, dtype=torch.int32))


class ParameterTransform(nn.Module):
    def __init__(self, names: List[str], matrix: np.ndarray) -> None:  # noqa: UP006
        super().__init__()
        self.parameter_names: List[str] = names  # noqa: UP006
        self.register_buffer("parameter_transform", torch.tensor(matrix, dtype=torch.float32))


class Skinning(nn.Module):
    def __init__(self, indices: np.ndarray, weights: np.ndarray, joints: int) -> None:
        super().__init__()
        self.num_vertices = len(indices)
        self.register_buffer("skin_indices", torch.tensor(indices, dtype=torch.int32))
        self.register_buffer("skin_weights", torch.tensor(weights, dtype=torch.float32))
        rows, columns = np.nonzero(weights)
        self.register_buffer("vert_indices_flattened", torch.tensor(rows))
        self.register_buffer("skin_indices_flattened", torch.tensor(indices[rows, columns], dtype=torch.int32))
        self.register_buffer("skin_weights_flattened", torch.tensor(weights[rows, columns], dtype=torch.float32))
        dense = np.zeros((len(indices), joints), np.float32)
        np.add.at(dense, (rows, indices[rows, columns]), weights[rows, columns])
        self.register_buffer("dense", torch.tensor(dense), persistent=True)


class Shapes(nn.Module):
    def __init__(self, base: np.ndarray, vectors: np.ndarray, swelling: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("base_shape", torch.tensor(base, dtype=torch.float32))
        self.register_buffer("shape_vectors", torch.tensor(vectors, dtype=torch.float32))
        self.register_buffer("swelling", torch.tensor(swelling, dtype=torch.float32))


class Character(nn.Module):
    def __init__(
        self, skeleton: Skeleton, mesh: Mesh, transform: ParameterTransform, skinning: Skinning, shapes: Shapes
    ) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.mesh = mesh
        self.parameter_transform = transform
        self.linear_blend_skinning = skinning
        self.blend_shape = shapes


class StandIn(nn.Module):
    """forward(identity (B, 45), parameters (B, 204), expression (B, 72) or None, apply_correctives) -> vertices (B, V, 3)
    cm, state (B, 127, 8) = cm, quaternion x y z w, scale."""

    def __init__(self, character: Character, bends: List[int]) -> None:  # noqa: UP006
        super().__init__()
        self.character_torch = character
        self.bends = bends

    def joint_state(self, channels: Tensor) -> Tensor:
        skeleton = self.character_torch.skeleton
        place = skeleton.joint_translation_offsets.double() + channels[..., :3]
        turn = _multiply(
            skeleton.joint_prerotations.double().expand(channels.size(0), -1, -1), _quaternion(channels[..., 3:6])
        )
        size = torch.exp2(channels[..., 6:])
        for at, level in enumerate(skeleton.levels):
            above = skeleton.above[at]
            place[:, level] = place[:, above] + size[:, above] * _turn(turn[:, above], place[:, level])
            turn[:, level] = _multiply(turn[:, above], turn[:, level])
            size[:, level] = size[:, above] * size[:, level]
        return torch.cat([place, turn, size], -1)

    def channels_of(self, parameters: Tensor) -> Tensor:
        matrix = self.character_torch.parameter_transform.parameter_transform[:, : parameters.size(1)].double()
        return (parameters.double() @ matrix.t()).reshape(parameters.size(0), -1, 7)

    def forward(
        self,
        identity_coeffs: Tensor,
        model_parameters: Tensor,
        face_expr_coeffs: Optional[Tensor],  # noqa: UP045
        apply_correctives: bool = True,
    ) -> Tuple[Tensor, Tensor]:  # noqa: UP006
        shapes = self.character_torch.blend_shape
        count = model_parameters.size(0)
        rest = shapes.base_shape + torch.einsum("bk,kvc->bvc", identity_coeffs.expand(count, -1), shapes.shape_vectors)
        channels = self.channels_of(model_parameters)
        state = self.joint_state(channels)
        if apply_correctives:
            bend = (1 - torch.cos(channels[:, self.bends, 5])).float()
            rest = rest + torch.einsum("bk,kvc->bvc", bend, shapes.swelling)
        neutral = self.joint_state(torch.zeros_like(channels[:1]))
        back = torch.cat([-neutral[..., 3:6], neutral[..., 6:7]], -1)
        turn = _multiply(state[..., 3:7], back.expand(count, -1, -1))
        linear = state[..., 7:].unsqueeze(-1) * _matrix(turn)
        shift = state[..., :3] - (linear @ neutral[..., :3].unsqueeze(-1)).squeeze(-1)
        joint = torch.cat([linear.flatten(2), shift], -1).float()
        held = torch.matmul(self.character_torch.linear_blend_skinning.dense, joint)
        vertices = (held[..., :9].unflatten(-1, (3, 3)) @ rest.unsqueeze(-1)).squeeze(-1) + held[..., 9:]
        return vertices, state.float()

    @torch.jit.export
    def get_joint_names(self) -> List[str]:  # noqa: UP006
        return self.character_torch.skeleton.joint_names

    @torch.jit.export
    def get_parameter_names(self) -> List[str]:  # noqa: UP006
        return self.character_torch.parameter_transform.parameter_names

    @torch.jit.export
    def get_parameter_transform(self) -> Tensor:
        return self.character_torch.parameter_transform.parameter_transform

    @torch.jit.export
    def get_parameter_limits(self) -> Tensor:
        return torch.tensor([-3.2, 3.2]).repeat(204, 1)

    @torch.jit.export
    def get_lbsw(self) -> Tuple[Tensor, Tensor]:  # noqa: UP006
        skinning = self.character_torch.linear_blend_skinning
        return skinning.skin_indices, skinning.skin_weights

    @torch.jit.export
    def get_num_identity_blendshapes(self) -> int:
        return 45

    @torch.jit.export
    def get_num_face_expression_blendshapes(self) -> int:
        return 72
