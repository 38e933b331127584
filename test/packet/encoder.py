"""RTP packets of a real encoder, one hexadecimal line each: encoder.py 'ELEMENTS' frames. ELEMENTS lead from raw video to RTP."""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

Gst.init(None)
elements, frames = sys.argv[1], int(sys.argv[2])
pipeline = Gst.parse_launch(
    f"videotestsrc num-buffers={frames} pattern=ball ! {elements} ! fakesink name=end signal-handoffs=true sync=false"
)


def show(_sink, buffer, _pad):
    print(buffer.extract_dup(0, buffer.get_size()).hex())


pipeline.get_by_name("end").connect("handoff", show)
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if message is None or message.type == Gst.MessageType.ERROR:
    sys.exit(message.parse_error().gerror.message if message else "it took longer than a minute")
