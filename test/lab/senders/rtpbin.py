"""One end of a call: GStreamer's rtpbin, sending and receiving each of its sessions on a pair of ports, with RTCP.

Reads one JSON document from the first line of its standard input:
  {"local": address, "remote": address, "sessions": [{"media": "audio"|"camera"|"screen", "codec": "opus"|"pcmu"|"vp8",
    "payloadType": n, "ssrc": n, "localPort": n, "remotePort": n, "sends": bool, "key"?: {"own": hex, "other": hex}}]}
RTP goes from localPort to remotePort, RTCP from the next port to the next. `key`: 30 octets of SRTP key and salt
(AES-CM-128, HMAC-SHA1-80). Prints "playing"; at the line "stop" it stops to send, at the end of its input it exits.
"""
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

RTCP_INTERVAL = 10**9  # ns: short calls need more reports than one each five seconds

SOURCES = {
    "audio": "audiotestsrc is-live=true wave=ticks samplesperbuffer={samples} ! audio/x-raw,rate={rate},channels=1",
    "camera": "videotestsrc is-live=true pattern=snow ! video/x-raw,width=320,height=240,framerate=15/1",
    "screen": "videotestsrc is-live=true pattern=smpte ! video/x-raw,width=640,height=360,framerate=5/1",
}
CODECS = {
    "opus": ("opusenc frame-size=20 bitrate=32000 ! rtpopuspay", "OPUS", 48000, {"rate": 48000, "samples": 960}),
    "pcmu": ("mulawenc ! rtppcmupay min-ptime=20000000 max-ptime=20000000", "PCMU", 8000, {"rate": 8000, "samples": 160}),
    "vp8": ("vp8enc deadline=1 cpu-used=16 keyframe-max-dist=15 target-bitrate=300000 ! rtpvp8pay mtu=1000", "VP8", 90000, {}),
}
VALVE = "valve name=valve{index}"


def caps_of(session):
    _, name, rate, _ = CODECS[session["codec"]]
    media = "audio" if session["media"] == "audio" else "video"
    return Gst.Caps.from_string(
        f"application/x-rtp,media={media},encoding-name={name},clock-rate={rate},payload={session['payloadType']}"
    )


def srtp_caps(key):
    return Gst.Caps.from_string(
        "application/x-srtp,srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80,"
        f"srtcp-cipher=aes-128-icm,srtcp-auth=hmac-sha1-80,srtp-key=(buffer){key}"
    )


class Peer:
    def __init__(self, call):
        self.call = call
        self.pipeline = Gst.Pipeline()
        self.rtpbin = self.make("rtpbin", latency=100)
        self.rtpbin.connect("request-pt-map", lambda _, index, payload_type: caps_of(call["sessions"][index]))
        self.rtpbin.connect("pad-added", self.received)
        self.valves = []
        for index, session in enumerate(call["sessions"]):
            self.add(index, session)

    def make(self, kind, **properties):
        element = Gst.ElementFactory.make(kind)
        for name, value in properties.items():
            element.set_property(name.replace("_", "-"), value)
        self.pipeline.add(element)
        return element

    def add(self, index, session):
        port, to, key = session["localPort"], session["remotePort"], session.get("key")
        encrypt = decrypt = None
        if key:
            encrypt = self.make("srtpenc", key=Gst.Buffer.new_wrapped(bytes.fromhex(key["own"])))
            for name in ("rtp-cipher", "rtcp-cipher"):
                Gst.util_set_object_arg(encrypt, name, "aes-128-icm")
            for name in ("rtp-auth", "rtcp-auth"):
                Gst.util_set_object_arg(encrypt, name, "hmac-sha1-80")
            decrypt = self.make("srtpdec")
            decrypt.connect("request-key", lambda *_: srtp_caps(key["other"]))
        if session["sends"]:
            self.send(index, session)
        rtp = self.socket(port, to)
        rtcp = self.socket(port + 1, to + 1)
        self.receive(index, session, rtp[0], rtcp[0], decrypt)
        if session["sends"]:
            self.out(index, f"send_rtp_src_{index}", "rtp", rtp[1], encrypt)
        self.out(index, f"send_rtcp_src_{index}", "rtcp", rtcp[1], encrypt)
        internal = self.rtpbin.emit("get-internal-session", index)
        internal.set_property("rtcp-min-interval", RTCP_INTERVAL)
        internal.set_property("internal-ssrc", session["ssrc"])

    def socket(self, port, to):
        """A source and a sink that share one socket: the same port both ways."""
        source = self.make("udpsrc", address=self.call["local"], port=port)
        sink = self.make("udpsink", host=self.call["remote"], port=to, sync=False, close_socket=False)
        setattr(sink, "async", False)
        sink.set_property("async", False)
        source.set_state(Gst.State.READY)
        sink.set_property("socket-v6" if ":" in self.call["local"] else "socket", source.get_property("used-socket"))
        return source, sink

    def send(self, index, session):
        codec, _, _, numbers = CODECS[session["codec"]]
        source = SOURCES[session["media"]].format(**numbers)
        text = f"{source} ! {VALVE.format(index=index)} ! {codec} pt={session['payloadType']} ssrc={session['ssrc']}"
        chain = Gst.parse_bin_from_description(text, True)
        self.pipeline.add(chain)
        self.valves.append(chain.get_by_name(f"valve{index}"))
        chain.get_static_pad("src").link(self.rtpbin.request_pad_simple(f"send_rtp_sink_{index}"))

    def receive(self, index, session, rtp, rtcp, decrypt):
        for name, source in (("rtp", rtp), ("rtcp", rtcp)):
            pad = source.get_static_pad("src")
            kind = "srtp" if name == "rtp" else "srtcp"
            source.set_property("caps", caps_of(session) if name == "rtp" and not decrypt else Gst.Caps.from_string(
                f"application/x-{kind}" if decrypt else "application/x-rtcp"))
            if decrypt:
                pad.link(decrypt.get_static_pad(f"{name}_sink"))
                pad = decrypt.get_static_pad(f"{name}_src")
            pad.link(self.rtpbin.request_pad_simple(f"recv_{name}_sink_{index}"))

    def out(self, index, pad_name, name, sink, encrypt):
        pad = self.rtpbin.get_static_pad(pad_name) or self.rtpbin.request_pad_simple(pad_name)
        if encrypt:
            pad.link(encrypt.request_pad_simple(f"{name}_sink_{index}"))
            pad = encrypt.get_static_pad(f"{name}_src_{index}")
        pad.link(sink.get_static_pad("sink"))

    def received(self, _, pad):
        if not pad.get_name().startswith("recv_rtp_src"):
            return
        sink = self.make("fakesink", sync=False)
        sink.set_property("async", False)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def stop(self):
        for valve in self.valves:
            valve.set_property("drop", True)


def main():
    Gst.init(None)
    peer = Peer(json.loads(sys.stdin.readline()))
    loop = GLib.MainLoop()
    failed = []

    def on_error(_, message):
        failed.append(message.parse_error())
        loop.quit()

    bus = peer.pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", on_error)

    def obey():
        for line in sys.stdin:
            if line.strip() == "stop":
                peer.stop()
                print("stopped", flush=True)
        loop.quit()

    threading.Thread(target=obey, daemon=True).start()
    peer.pipeline.set_state(Gst.State.PLAYING)
    print("playing", flush=True)
    loop.run()
    peer.pipeline.set_state(Gst.State.NULL)
    if failed:
        sys.exit(str(failed[0]))


main()
