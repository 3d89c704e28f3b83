"""Speaks the Open Inference Protocol as any Python client does: from the protocol's own files and nothing else.

usage: open_inference_client.py ADDRESS PROTO_ROOT PROTO...

ADDRESS is a service that serves one model, "grey" version 1, whose class is the grey value divided by 50, rounded. The
first PROTO is the one with the service. Prints a line for every check and exits with 0 when all of them hold.
"""

import importlib
import os
import sys
import tempfile

import grpc
import grpc_tools
import numpy
from grpc_tools import protoc

SIDE = 32
CLASSES = 5
GREY_PER_CLASS = 50
TIMEOUT_SECONDS = 60


def generate(root, protos, out):
    """Generates the client into a folder and returns its message and stub modules."""
    well_known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    arguments = ["protoc", "-I", root, "-I", well_known, "--python_out", out, "--grpc_python_out", out]
    if protoc.main(arguments + protos) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, out)
    name = protos[0][: -len(".proto")].replace("/", ".")
    return importlib.import_module(name + "_pb2"), importlib.import_module(name + "_pb2_grpc")


def check(what, holds):
    print("%s %s" % ("ok  " if holds else "FAIL", what))
    check.failed += not holds


check.failed = 0


def status_of(call, *arguments):
    """The status code and message with which a call is refused."""
    try:
        call(*arguments, timeout=TIMEOUT_SECONDS)
    except grpc.RpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def truth():
    """Two label maps, [2, SIDE, SIDE]: columns of all classes, and class 3."""
    columns = numpy.tile(numpy.arange(SIDE) // 8 % CLASSES, (SIDE, 1))
    return numpy.stack([columns, numpy.full((SIDE, SIDE), 3)]).astype(numpy.uint8)


class Client:
    def __init__(self, address, messages, stubs):
        self.messages = messages
        self.stub = stubs.GRPCInferenceServiceStub(grpc.insecure_channel(address))

    def call(self, method, request):
        return getattr(self.stub, method)(request, timeout=TIMEOUT_SECONDS)

    def request(self, labels, raw=True, outputs=(), **fields):
        image = (labels.astype(numpy.float32) * GREY_PER_CLASS)[:, None]
        request = self.messages.ModelInferRequest(**{"model_name": "grey", "id": "a", **fields})
        tensor = request.inputs.add(name="image", datatype="FP32", shape=image.shape)
        if raw:
            request.raw_input_contents.append(image.astype("<f4").tobytes())
        else:
            tensor.contents.fp32_contents.extend(image.ravel().tolist())
        for output in outputs:
            request.outputs.add(name=output)
        return request

    def server(self):
        m = self.messages
        check("ServerLive", self.call("ServerLive", m.ServerLiveRequest()).live)
        check("ServerReady", self.call("ServerReady", m.ServerReadyRequest()).ready)
        check("ModelReady", self.call("ModelReady", m.ModelReadyRequest(name="grey", version="1")).ready)
        metadata = self.call("ServerMetadata", m.ServerMetadataRequest())
        check("ServerMetadata", metadata.name == "organseg" and metadata.version and "model_repository" in metadata.extensions)

    def metadata(self):
        model = self.call("ModelMetadata", self.messages.ModelMetadataRequest(name="grey"))
        tensors = [(t.name, t.datatype, list(t.shape)) for t in [*model.inputs, *model.outputs]]
        check("ModelMetadata", (model.name, list(model.versions), model.platform) == ("grey", ["1"], "onnxruntime_onnx"))
        check("ModelMetadata tensors", tensors == [
            ("image", "FP32", [-1, 1, -1, -1]), ("labels", "UINT8", [-1, -1, -1]), ("logits", "FP32", [-1, CLASSES, -1, -1])])

    def infer(self):
        labels = truth()
        raw = self.call("ModelInfer", self.request(labels))
        check("ModelInfer", (raw.model_name, raw.model_version, raw.id) == ("grey", "1", "a"))
        arrays = {
            output.name: numpy.frombuffer(contents, {"UINT8": numpy.uint8, "FP32": "<f4"}[output.datatype]).reshape(output.shape)
            for output, contents in zip(raw.outputs, raw.raw_output_contents)}
        check("ModelInfer raw labels", numpy.array_equal(arrays["labels"], labels))
        centres = numpy.arange(CLASSES, dtype=numpy.float32)[None, :, None, None] * GREY_PER_CLASS
        expected = -((labels[:, None].astype(numpy.float32) * GREY_PER_CLASS - centres) ** 2)
        check("ModelInfer raw logits", numpy.array_equal(arrays["logits"], expected))
        typed = self.call("ModelInfer", self.request(labels, raw=False, outputs=["labels"]))
        check("ModelInfer typed labels", len(typed.outputs) == 1 and len(typed.raw_output_contents) == 0
              and list(typed.outputs[0].contents.uint_contents) == labels.ravel().tolist())

    def refusals(self):
        labels, infer, code = truth(), self.stub.ModelInfer, grpc.StatusCode
        wrong = self.request(labels)
        wrong.inputs[0].datatype = "FP16"
        short = self.request(labels)
        short.raw_input_contents[0] = short.raw_input_contents[0][:-1]
        for what, request, expected, named in [
                ("unknown model", self.request(labels, model_name="nobody"), code.NOT_FOUND, "nobody"),
                ("unknown version", self.request(labels, model_version="9"), code.NOT_FOUND, "grey"),
                ("no model", self.request(labels, model_name=""), code.INVALID_ARGUMENT, "model_name"),
                ("wrong type", wrong, code.INVALID_ARGUMENT, "inputs[0].datatype"),
                ("short contents", short, code.INVALID_ARGUMENT, "raw_input_contents[0]"),
                ("unknown output", self.request(labels, outputs=["x"]), code.INVALID_ARGUMENT, "outputs[0].name")]:
            got, message = status_of(infer, request)
            check("refused: " + what, got == expected and named in message)
        missing = status_of(self.stub.ModelMetadata, self.messages.ModelMetadataRequest(name="nobody"))
        check("refused: metadata of an unknown model", missing[0] == code.NOT_FOUND)

    def repository(self):
        m = self.messages
        if not hasattr(self.stub, "RepositoryIndex"):
            return
        state = lambda: [(x.name, x.version, x.state) for x in self.call("RepositoryIndex", m.RepositoryIndexRequest()).models]
        self.call("RepositoryModelLoad", m.RepositoryModelLoadRequest(model_name="grey"))
        check("RepositoryIndex after load", state() == [("grey", "1", "READY")])
        unload = m.RepositoryModelUnloadRequest(model_name="grey")
        unload.parameters["unload_dependents"].bool_param = False
        self.call("RepositoryModelUnload", unload)
        check("RepositoryIndex after unload", state() == [("grey", "1", "UNAVAILABLE")])
        check("ModelReady after unload", not self.call("ModelReady", m.ModelReadyRequest(name="grey")).ready)
        check("ModelInfer after unload", status_of(self.stub.ModelInfer, self.request(truth()))[0] == grpc.StatusCode.UNAVAILABLE)
        self.call("RepositoryModelLoad", m.RepositoryModelLoadRequest(model_name="grey"))
        check("ModelReady after load", self.call("ModelReady", m.ModelReadyRequest(name="grey")).ready)

    def extensions(self):
        m = self.messages
        if not hasattr(self.stub, "ModelStreamInfer"):
            return
        config = self.call("ModelConfig", m.ModelConfigRequest(name="grey")).config
        check("ModelConfig", (config.name, config.platform, config.backend) == ("grey", "onnxruntime_onnx", "onnxruntime"))
        check("ModelConfig tensors", config.max_batch_size >= 1 and list(config.input[0].dims) == [1, -1, -1]
              and [output.name for output in config.output] == ["labels", "logits"])
        before = self.statistics()
        requests = [self.request(truth()[:1], id=str(i), outputs=["labels"]) for i in range(5)]
        requests[2].inputs[0].datatype = "FP16"
        answers = list(self.stub.ModelStreamInfer(iter(requests), timeout=TIMEOUT_SECONDS))
        check("ModelStreamInfer order", [a.infer_response.id for a in answers] == ["0", "1", "2", "3", "4"])
        check("ModelStreamInfer errors", [bool(a.error_message) for a in answers] == [False, False, True, False, False]
              and "inputs[0].datatype" in answers[2].error_message)
        check("ModelStreamInfer labels", all(
            a.infer_response.raw_output_contents[0] == truth()[:1].tobytes() for a in answers if not a.error_message))
        after = self.statistics()
        check("ModelStatistics counts", (after.inference_count - before.inference_count,
                                         after.execution_count - before.execution_count,
                                         after.inference_stats.success.count - before.inference_stats.success.count,
                                         after.inference_stats.fail.count - before.inference_stats.fail.count) == (4, 4, 4, 1))
        check("ModelStatistics times", after.inference_stats.success.ns
              == after.inference_stats.queue.ns + after.inference_stats.compute_infer.ns > 0 and after.last_inference > 0)

    def statistics(self):
        models = self.call("ModelStatistics", self.messages.ModelStatisticsRequest(name="grey", version="1")).model_stats
        check("ModelStatistics", [(model.name, model.version) for model in models] == [("grey", "1")])
        return models[0]


def main():
    address, root, *protos = sys.argv[1:]
    with tempfile.TemporaryDirectory() as out:
        client = Client(address, *generate(root, protos, out))
        client.server()
        client.metadata()
        client.infer()
        client.refusals()
        client.repository()
        client.extensions()
    sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
