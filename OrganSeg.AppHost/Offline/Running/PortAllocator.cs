using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace OrganSeg.AppHost.Offline;

/// <summary>Hands out ports of the loopback address, each one once.</summary>
internal sealed class PortAllocator
{
    /// <summary>Below every system's range for outgoing connections (32768 on Linux, 49152 elsewhere): between the end of a
    /// crashed service and its next start no connection can take its port.</summary>
    internal const int First = 15_000;

    internal const int Last = 29_999;

    private const int Attempts = 1_000;

    private readonly HashSet<int> _given = [];

    /// <summary>The wanted port if nobody listens there, else a free one. Another program can still be faster than the
    /// service; whoever starts it tries again with a new port.</summary>
    public int Take(int? wanted)
    {
        if (wanted is { } port && TryTake(port))
        {
            return port;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var free = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (TryTake(free))
            {
                return free;
            }
        }

        throw new HostException($"There is no free port from {First} to {Last} on 127.0.0.1.");
    }

    private bool TryTake(int port) => !_given.Contains(port) && IsFree(port) && _given.Add(port);

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
