using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace OrganSeg.Ingest.Privacy;

/// <summary>
/// The secret behind pseudonyms: the setting, else one that was drawn when it was first needed and is kept in a file that
/// only this account can read. It is never put into the store, where it would lie beside what it hides.
/// </summary>
internal sealed class PseudonymKey(IOptions<IngestOptions> options)
{
    private const int KeyBytes = 32;

    private readonly Lock _gate = new();
    private Pseudonyms? _pseudonyms;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: there is no secret and none can be kept.</exception>
    public Pseudonyms Pseudonyms()
    {
        lock (_gate)
        {
            return _pseudonyms ??= new Pseudonyms(
                options.Value.PseudonymKey is { } secret ? Encoding.UTF8.GetBytes(secret) : Kept());
        }
    }

    private byte[] Kept()
    {
        try
        {
            var path = Path.GetFullPath(options.Value.PseudonymKeyPath ?? Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "organseg",
                "ingest-pseudonyms.key"));
            if (!File.Exists(path))
            {
                Draw(path);
            }

            var key = Convert.FromHexString(File.ReadAllText(path).Trim());
            return key.Length >= KeyBytes ? key : throw new FormatException("The key is too short.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new OrganSegException(
                ErrorKind.NotReady,
                "The service cannot keep the secret of its pseudonyms; set Ingest:PseudonymKey, or Ingest:PseudonymKeyPath to a file that it can write.",
                error)
            {
                IsNameless = true,
            };
        }
    }

    /// <summary>Under its name the file is whole or not there, and the first one stays.</summary>
    private static void Draw(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(draft, options))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes))));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
