"""MODNet in onnxruntime on the CPU."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.arrays import Array
from perscoach.core.errors import ModelError


class OnnxRuntime:
    """A session for one graph.

    Raises:
        ModelError: the file is not a graph with one (N, 3, H, W) input and one output.
    """

    name = "onnxruntime"
    precision = "fp32"
    batch = 1

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Between frames other stages need the cores; spinning would occupy them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has no common base class for what it raises
            reason = type(error).__name__
            raise ModelError("modnet.not_opened", runtime="onnxruntime", name=path.name, reason=reason) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or len(inputs[0].shape) != 4:
            raise ModelError("modnet.inputs_and_outputs", name=path.name, inputs=len(inputs), outputs=len(outputs))
        self._input = inputs[0].name

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1."""
        alpha: Array = self._session.run(None, {self._input: batch})[0]
        return alpha

    def close(self) -> None:
        """Give back the session's memory."""
        del self._session
