using System.Globalization;
using OrganSeg;
using OrganSeg.Storage;

// increment FOLDER COUNT   adds 1 to a counter COUNT times, by conditional writes
// overwrite FOLDER         replaces one blob for ever, each time with 4 MiB of one letter; prints a line after each write
var store = new FolderObjectStore(args[1]);
switch (args[0])
{
    case "increment":
        for (int i = int.Parse(args[2], CultureInfo.InvariantCulture); i > 0;)
        {
            StoredObject found = await store.FindAsync("shared", "counter", default)
                ?? throw new InvalidOperationException("The counter is missing.");
            byte[] text = await store.ReadAllAsync("shared", "counter", null, default);
            int next = int.Parse(text, CultureInfo.InvariantCulture) + 1;
            try
            {
                await store.WriteBytesAsync(
                    "shared",
                    "counter",
                    System.Text.Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)),
                    WriteCondition.IfMatch(found.ETag),
                    default);
                i--;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.NotReady)
            {
                // Another process was faster.
            }
        }

        return 0;

    case "overwrite":
        byte[] content = new byte[4 << 20];
        for (byte letter = (byte)'a'; ; letter = letter == (byte)'z' ? (byte)'a' : (byte)(letter + 1))
        {
            content.AsSpan().Fill(letter);
            await store.WriteBytesAsync("shared", "big", content, WriteCondition.Any, default);
            Console.WriteLine((char)letter);
        }

    default:
        return 2;
}
