using System.Buffers;

namespace OrganSeg.Imaging;

/// <summary>
/// Brings 8-bit slices and label maps to the network's square input and predicted label maps back, by one recipe.
/// Instances keep no state between calls and may be shared by threads.
/// </summary>
public sealed class SlicePreprocessor
{
    private readonly int _size;

    /// <summary>Creates a preprocessor.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the recipe is not valid.</exception>
    public SlicePreprocessor(PreprocessingRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        Recipe = recipe;
        _size = recipe.Size;
    }

    /// <summary>The recipe followed.</summary>
    public PreprocessingRecipe Recipe { get; }

    /// <summary>Pads a slice to a square in millimetres with black and resizes it with the triangle filter.</summary>
    /// <param name="source">Grey slice of any size, already windowed to 8 bits.</param>
    /// <param name="spacing">Pixel spacing; null means square pixels.</param>
    /// <returns>A grey image [size, size]; <paramref name="source"/> itself when it fits already.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: an impossible spacing.</exception>
    public ByteImage ToNetwork(ByteImage source, PixelSpacing? spacing = null) =>
        ToSquare(source, spacing, TriangleResampler.Resize);

    /// <summary>Pads a label map with background and resizes it by nearest neighbour.</summary>
    /// <param name="labels">Label map of any size.</param>
    /// <param name="spacing">Pixel spacing of its image; null means square pixels.</param>
    /// <returns>A label map [size, size]; <paramref name="labels"/> itself when it fits already.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: an impossible spacing.</exception>
    public ByteImage LabelsToNetwork(ByteImage labels, PixelSpacing? spacing = null) =>
        ToSquare(labels, spacing, NearestResampler.Resize);

    /// <summary>The way back: resizes a predicted label map to the padded square and cuts the padding off.</summary>
    /// <param name="predicted">Label map [size, size] as the network gave it.</param>
    /// <param name="sourceWidth">Width of the slice that was given to <see cref="ToNetwork"/>.</param>
    /// <param name="sourceHeight">Height of that slice.</param>
    /// <param name="spacing">The spacing given to <see cref="ToNetwork"/>.</param>
    /// <returns>A label map of the slice's size; <paramref name="predicted"/> itself when it fits already.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: an impossible spacing.</exception>
    /// <exception cref="ArgumentException"><paramref name="predicted"/> is not [size, size].</exception>
    public ByteImage LabelsToSource(
        ByteImage predicted, int sourceWidth, int sourceHeight, PixelSpacing? spacing = null)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        if (predicted.Width != _size || predicted.Height != _size)
        {
            throw new ArgumentException(
                $"{predicted.Width}×{predicted.Height} is not the network's {_size}×{_size}.", nameof(predicted));
        }

        var geometry = SquareGeometry.Of(sourceWidth, sourceHeight, spacing);
        if (IsIdentity(geometry))
        {
            return predicted;
        }

        var result = new ByteImage(sourceWidth, sourceHeight);
        NearestResampler.ResizeWindow(
            predicted.Pixels, _size, _size, geometry.PaddedWidth, geometry.PaddedHeight, geometry.Left, geometry.Top,
            result);
        return result;
    }

    private ByteImage ToSquare(ByteImage source, PixelSpacing? spacing, Resize resize)
    {
        ArgumentNullException.ThrowIfNull(source);
        var geometry = SquareGeometry.Of(source.Width, source.Height, spacing);
        if (IsIdentity(geometry))
        {
            return source;
        }

        var result = new ByteImage(_size, _size);
        if (geometry.PaddedWidth == source.Width && geometry.PaddedHeight == source.Height)
        {
            resize(source.Pixels, source.Width, source.Height, result);
            return result;
        }

        var length = geometry.PaddedWidth * geometry.PaddedHeight;
        var padded = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Array.Clear(padded, 0, length);
            for (var y = 0; y < source.Height; y++)
            {
                source.Row(y).CopyTo(
                    padded.AsSpan((geometry.Top + y) * geometry.PaddedWidth + geometry.Left, source.Width));
            }

            resize(padded.AsSpan(0, length), geometry.PaddedWidth, geometry.PaddedHeight, result);
            return result;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private bool IsIdentity(SquareGeometry geometry) =>
        geometry.SourceWidth == _size && geometry.SourceHeight == _size
        && geometry.PaddedWidth == _size && geometry.PaddedHeight == _size;

    private delegate void Resize(ReadOnlySpan<byte> source, int width, int height, ByteImage target);
}
