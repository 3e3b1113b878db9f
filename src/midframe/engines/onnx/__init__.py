"""The network as ONNX graphs: a file for other programs, and an engine that runs them by ONNX Runtime."""
