namespace OrganSeg.Storage;

/// <summary>Errors of one output over all samples.</summary>
/// <param name="Name">The output.</param>
/// <param name="MaxAbsoluteError">Greatest difference of an element.</param>
/// <param name="MeanAbsoluteError">Mean difference.</param>
/// <param name="RelativeL2">‖onnx − torch‖ / ‖torch‖ of the sample batch where it is greatest.</param>
public sealed record OutputParity(string Name, double MaxAbsoluteError, double MeanAbsoluteError, double RelativeL2);
