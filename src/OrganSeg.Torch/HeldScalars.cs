using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

/// <summary>
/// Arithmetic with numbers that stay alive for as long as native code reads them. TorchSharp turns a number into an object
/// with a finaliser and keeps no hold of it during the call, so the garbage collector may free it meanwhile: seen under load
/// as "Unknown scalar type" and, worse, possible as a wrong number. It does so too where nobody wrote a number: in the sum of
/// two tensors, one times the second, and in reading the value of a tensor. Methods that end in <c>InPlace</c> change
/// their first argument and return it.
/// </summary>
public static class HeldScalars
{
    private static Scalar One => 1L.ToScalar();

    /// <summary>x · factor.</summary>
    public static Tensor Times(this Tensor x, double factor) =>
        With(factor.ToScalar(), held => x.mul(held));

    /// <summary>x ← x · factor.</summary>
    public static Tensor TimesInPlace(this Tensor x, double factor) =>
        With(factor.ToScalar(), held => x.mul_(held));

    /// <summary>x ← x · factor, for whole numbers.</summary>
    public static Tensor TimesInPlace(this Tensor x, long factor) =>
        With(factor.ToScalar(), held => x.mul_(held));

    /// <summary>x + number.</summary>
    public static Tensor Plus(this Tensor x, double number) =>
        With(number.ToScalar(), One, (held, one) => x.add(held, one));

    /// <summary>x ← x + number.</summary>
    public static Tensor PlusInPlace(this Tensor x, double number) =>
        With(number.ToScalar(), One, (held, one) => x.add_(held, one));

    /// <summary>x ← x + number, for whole numbers.</summary>
    public static Tensor PlusInPlace(this Tensor x, long number) =>
        With(number.ToScalar(), One, (held, one) => x.add_(held, one));

    /// <summary>x + other.</summary>
    public static Tensor Plus(this Tensor x, Tensor other) => With(One, one => x.add(other, one));

    /// <summary>x ← x + other.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor other) => With(One, one => x.add_(other, one));

    /// <summary>x + factor · other.</summary>
    public static Tensor Plus(this Tensor x, Tensor other, double factor) =>
        With(factor.ToScalar(), held => x.add(other, held));

    /// <summary>x ← x + factor · other.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor other, double factor) =>
        With(factor.ToScalar(), held => x.add_(other, held));

    /// <summary>x ← x + factor · a · b.</summary>
    public static Tensor PlusProductInPlace(this Tensor x, Tensor a, Tensor b, double factor) =>
        With(factor.ToScalar(), held => x.addcmul_(a, b, held));

    /// <summary>x ← x + factor · a / b.</summary>
    public static Tensor PlusQuotientInPlace(this Tensor x, Tensor a, Tensor b, double factor) =>
        With(factor.ToScalar(), held => x.addcdiv_(a, b, held));

    /// <summary>x to a power.</summary>
    public static Tensor Power(this Tensor x, double exponent) =>
        With(exponent.ToScalar(), held => x.pow(held));

    /// <summary>x ← x to a power.</summary>
    public static Tensor PowerInPlace(this Tensor x, double exponent) =>
        With(exponent.ToScalar(), held => x.pow_(held));

    /// <summary>x ← x, brought into a range.</summary>
    public static Tensor ClampInPlace(this Tensor x, double low, double high) =>
        With(low.ToScalar(), high.ToScalar(), (heldLow, heldHigh) => x.clamp_(heldLow, heldHigh));

    /// <summary>The greater of x and a number.</summary>
    public static Tensor AtLeast(this Tensor x, long low) =>
        With(low.ToScalar(), held => x.clamp_min(held));

    /// <summary>Where x is a number.</summary>
    public static Tensor Is(this Tensor x, long number) =>
        With(number.ToScalar(), held => x.eq(held));

    /// <summary>Where x is not a number.</summary>
    public static Tensor IsNot(this Tensor x, long number) =>
        With(number.ToScalar(), held => x.ne(held));

    /// <summary>x, with a number where <paramref name="where"/> is true.</summary>
    public static Tensor Masked(this Tensor x, Tensor where, long number) =>
        With(number.ToScalar(), held => x.masked_fill(where, held));

    /// <summary>The only value of a tensor.</summary>
    public static double AsDouble(this Tensor x) => With(x.ToScalar(), held => held.ToDouble());

    /// <summary>The only value of a tensor.</summary>
    public static float AsSingle(this Tensor x) => With(x.ToScalar(), held => held.ToSingle());

    /// <summary>The only value of a tensor.</summary>
    public static bool AsBoolean(this Tensor x) => With(x.ToScalar(), held => held.ToBoolean());

    private static T With<T>(Scalar first, Scalar second, Func<Scalar, Scalar, T> use)
    {
        using (first)
        using (second)
        {
            return use(first, second);
        }
    }

    private static T With<T>(Scalar scalar, Func<Scalar, T> use)
    {
        using (scalar)
        {
            return use(scalar);
        }
    }
}
