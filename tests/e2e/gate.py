"""Stands between a client and the daemon, so that something happens at one point of an answer."""
import socket
import threading


class Gate:
    """A TCP proxy that calls `then` when the server has sent more than `most` bytes or has sent
    `text`, before it passes on what came last. It goes on, or closes when `then` says False. Once;
    later connections, those of `then` too, are passed on."""

    def __init__(self, target, then, most=None, text=None):
        self.host, self.port = target.rsplit(":", 1)
        self.then, self.most, self.text = then, most, text
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection((self.host, int(self.port)))
            for pair in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.copy, args=pair, daemon=True).start()

    def is_reached(self, sent):
        return (len(sent) > self.most) if self.text is None else (self.text in sent)

    def copy(self, source, sink, is_server):
        sent = bytearray()
        try:
            while data := source.recv(16384):
                if is_server and self.then is not None:
                    sent += data
                    if self.is_reached(sent):
                        then, self.then = self.then, None
                        if then() is False:
                            break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
