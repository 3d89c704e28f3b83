namespace OrganSeg.Onnx;

/// <summary>A file is not the ONNX model that it should be.</summary>
public sealed class OnnxFormatException : FormatException
{
    /// <summary>Without a message of its own.</summary>
    public OnnxFormatException()
    {
    }

    /// <summary>Says what is wrong.</summary>
    public OnnxFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it to light.</summary>
    public OnnxFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
