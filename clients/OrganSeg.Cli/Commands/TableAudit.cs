using System.Text.Encodings.Web;
using System.Text.Json;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg evaluate --audit</c>: whether the F1 of a published table can follow from its precision and recall.
/// </summary>
internal static class TableAudit
{
    private const long MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions JsonFormat = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // The file stands alone and is never pasted into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Asks the Evaluator about a table and shows what it says.</summary>
    /// <param name="context">The command.</param>
    /// <param name="table">Path of the CSV.</param>
    /// <param name="folder">Folder for <c>audit.json</c>, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code: failed when rows are flagged.</returns>
    /// <exception cref="OrganSegException">The table cannot be read; file, line and column are named.</exception>
    public static async Task<int> RunAsync(
        CommandContext context, string table, string? folder, CancellationToken cancellationToken)
    {
        var request = new AuditTableRequest { Name = table, Text = await ReadAsync(table, cancellationToken) };
        await using var services = await context.ConnectAsync(cancellationToken);
        var audit = await services.Retry.RunAsync(
            "evaluator",
            () => services.Evaluator.AuditTableAsync(request, services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        AuditView.Show(context.Output, audit);
        var json = AuditView.Json(table, audit);
        if (folder is not null)
        {
            var file = Path.Combine(Directory.CreateDirectory(folder).FullName, "audit.json");
            await AtomicFile.WriteAsync(file, JsonSerializer.SerializeToUtf8Bytes(json, JsonFormat), cancellationToken);
            context.Output.Line($"audit: {file}");
        }

        context.Output.Json(json);
        return audit.Flagged == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<string> ReadAsync(string table, CancellationToken cancellationToken)
    {
        var file = new FileInfo(table);
        if (!file.Exists)
        {
            throw new OrganSegException(ErrorKind.Missing, $"{table}: no such file");
        }

        return file.Length <= MostBytes
            ? await File.ReadAllTextAsync(table, cancellationToken)
            : throw OrganSegException.Invalid(table, "is larger than 1 MiB; give a CSV table of scores.");
    }
}
