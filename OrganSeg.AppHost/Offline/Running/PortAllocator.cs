using System.Net;
using System.Net.Sockets;

namespace OrganSeg.AppHost.Offline;

/// <summary>Hands out ports of the loopback address, each one once.</summary>
internal sealed class PortAllocator
{
    private readonly HashSet<int> _given = [];

    /// <summary>The wanted port if nobody listens there, else a free one. Another program can still be faster than the
    /// service; whoever starts it tries again with a new port.</summary>
    public int Take(int? wanted)
    {
        if (wanted is { } port && !_given.Contains(port) && TryBind(port) is not null)
        {
            _given.Add(port);
            return port;
        }

        while (true)
        {
            var free = TryBind(0) ?? throw new HostException("There is no free port on 127.0.0.1.");
            if (_given.Add(free))
            {
                return free;
            }
        }
    }

    private static int? TryBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
