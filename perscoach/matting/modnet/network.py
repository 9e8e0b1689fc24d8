"""The released MODNet as a torch module, written from its published structure.

Parameter names are those of upstream's checkpoints, so these load strictly. Two of them come twice
(``backbone.…`` and ``lr_branch.backbone.…``): upstream registers the backbone in both places.
The paper's e-ASPP block is not part of the release and is not here; the two training heads (``lr_branch.conv_lr``,
``hr_branch.conv_hr``) are in every checkpoint and unused at inference.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PARAMETERS = 6_487_075
"""Trainable numbers of the released network."""

# MobileNetV2 (Sandler et al., CVPR 2018, table 2): expansion, output channels, repeats, first stride.
_INVERTED = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# Index of the last block at 1/2, 1/4 and 1/32 of the input, and the channels that leave there and at 1/8 and 1/16.
_TAP_2X, _TAP_4X = 1, 3
_CHANNELS_2X, _CHANNELS_4X, _CHANNELS_8X, _CHANNELS_16X, _CHANNELS_32X = 16, 24, 32, 96, 1280
_HR = 32


def _upsample(x: Tensor, factor: float) -> Tensor:
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def _conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


class _Inverted(nn.Module):
    """Widen (1x1), filter each channel (3x3), narrow (1x1, no activation); a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [*_conv_bn(inputs, wide, 1), nn.ReLU6(inplace=True)]
        layers += [*_conv_bn(wide, wide, 3, stride, groups=wide), nn.ReLU6(inplace=True)]
        layers += _conv_bn(wide, outputs, 1)
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.shortcut else y


class _MobileNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        channels = 32
        blocks: list[nn.Module] = [nn.Sequential(*_conv_bn(3, channels, 3, 2), nn.ReLU6(inplace=True))]
        for expansion, outputs, repeats, stride in _INVERTED:
            for index in range(repeats):
                blocks.append(_Inverted(channels, outputs, stride if index == 0 else 1, expansion))
                channels = outputs
        blocks.append(nn.Sequential(*_conv_bn(channels, _CHANNELS_32X, 1), nn.ReLU6(inplace=True)))
        self.features = nn.Sequential(*blocks)


class _Backbone(nn.Module):
    """(N, 3, H, W) to what leaves at 1/2 (16 channels), 1/4 (24) and 1/32 (1280)."""

    def __init__(self) -> None:
        super().__init__()
        self.model = _MobileNet()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        taps: list[Tensor] = []
        for index, block in enumerate(self.model.features):
            x = block(x)
            if index in (_TAP_2X, _TAP_4X):
                taps.append(x)
        return taps[0], taps[1], x


class IBNorm(nn.Module):
    """Batch norm over the first half of the channels, instance norm (no parameters) over the rest."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.split = channels // 2
        self.bnorm = nn.BatchNorm2d(self.split)
        self.inorm = nn.InstanceNorm2d(channels - self.split)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.bnorm(x[:, : self.split]), self.inorm(x[:, self.split :])), 1)


class Block(nn.Module):
    """Convolution with bias, then (unless ``plain``) ``IBNorm`` and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, plain: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)]
        if not plain:
            layers += [IBNorm(outputs), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


class _Squeeze(nn.Module):
    """Squeeze and excitation (Hu et al., CVPR 2018): one learned weight per channel and picture."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = channels // reduction
        self.fc = nn.Sequential(
            nn.Linear(channels, narrow, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(narrow, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.fc(x.mean((2, 3)))
        return x * weights[:, :, None, None]


class _LowResolution(nn.Module):
    """Where the person is, at 1/8."""

    def __init__(self, backbone: _Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.se_block = _Squeeze(_CHANNELS_32X, 4)
        self.conv_lr16x = Block(_CHANNELS_32X, _CHANNELS_16X, 5)
        self.conv_lr8x = Block(_CHANNELS_16X, _CHANNELS_8X, 5)
        self.conv_lr = Block(_CHANNELS_8X, 1, 3, 2, plain=True)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        enc2x, enc4x, enc32x = self.backbone(image)
        lr16x = self.conv_lr16x(_upsample(self.se_block(enc32x), 2))
        return self.conv_lr8x(_upsample(lr16x, 2)), enc2x, enc4x


class _HighResolution(nn.Module):
    """The edges, at 1/2."""

    def __init__(self) -> None:
        super().__init__()
        self.tohr_enc2x = Block(_CHANNELS_2X, _HR, 1)
        self.conv_enc2x = Block(_HR + 3, _HR, 3, 2)
        self.tohr_enc4x = Block(_CHANNELS_4X, _HR, 1)
        self.conv_enc4x = Block(2 * _HR, 2 * _HR, 3)
        self.conv_hr4x = nn.Sequential(
            Block(2 * _HR + _CHANNELS_8X + 3, 2 * _HR, 3), Block(2 * _HR, 2 * _HR, 3), Block(2 * _HR, _HR, 3)
        )
        self.conv_hr2x = nn.Sequential(
            Block(2 * _HR, 2 * _HR, 3), Block(2 * _HR, _HR, 3), Block(_HR, _HR, 3), Block(_HR, _HR, 3)
        )
        self.conv_hr = nn.Sequential(Block(_HR + 3, _HR, 3), Block(_HR, 1, 1, plain=True))

    def forward(self, image: Tensor, lr8x: Tensor, enc2x: Tensor, enc4x: Tensor) -> Tensor:
        # The order of the calls is upstream's: ``weights.from_onnx`` pairs an exported graph with it.
        enc2x = self.tohr_enc2x(enc2x)
        hr4x = self.conv_enc2x(torch.cat((_upsample(image, 0.5), enc2x), 1))
        enc4x = self.tohr_enc4x(enc4x)
        hr4x = self.conv_enc4x(torch.cat((hr4x, enc4x), 1))
        hr4x = self.conv_hr4x(torch.cat((hr4x, _upsample(lr8x, 2), _upsample(image, 0.25)), 1))
        y: Tensor = self.conv_hr2x(torch.cat((_upsample(hr4x, 2), enc2x), 1))
        return y


class _Fusion(nn.Module):
    """Both together, at full size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_lr4x = Block(_CHANNELS_8X, _HR, 5)
        self.conv_f2x = Block(2 * _HR, _HR, 3)
        self.conv_f = nn.Sequential(Block(_HR + 3, _HR // 2, 3), Block(_HR // 2, 1, 1, plain=True))

    def forward(self, image: Tensor, lr8x: Tensor, hr2x: Tensor) -> Tensor:
        lr2x = _upsample(self.conv_lr4x(_upsample(lr8x, 2)), 2)
        f2x = self.conv_f2x(torch.cat((lr2x, hr2x), 1))
        return torch.sigmoid(self.conv_f(torch.cat((_upsample(f2x, 2), image), 1)))


class MODNet(nn.Module):
    """(N, 3, H, W) RGB in -1..1, both sides multiples of 32, to alpha (N, 1, H, W) in 0..1. Use in ``eval()``."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = _Backbone()
        self.lr_branch = _LowResolution(self.backbone)
        self.hr_branch = _HighResolution()
        self.f_branch = _Fusion()

    def forward(self, image: Tensor) -> Tensor:
        lr8x, enc2x, enc4x = self.lr_branch(image)
        hr2x = self.hr_branch(image, lr8x, enc2x, enc4x)
        alpha: Tensor = self.f_branch(image, lr8x, hr2x)
        return alpha
