using ExportYourModule;
using OrganSeg.Torch;

using var net = new YourNet();
net.eval();

var onnx = TorchOnnx.Export(net, YourNet.Compute, ["N", 3, 32, 32], new TorchOnnxOptions { Opset = 20, Output = "scores" });

var file = args.Length > 0 ? args[0] : "yournet.onnx";
File.WriteAllBytes(file, onnx);
net.save(Path.ChangeExtension(file, ".dat"));
Console.WriteLine($"{file}: {onnx.Length} bytes");
