/*
 * Sends calls as a gateway would see them: RTP of audio (50 packets/s), video (300) and content (60), each way, from one
 * interface, at a given rate for a given time.
 *
 *     sender INTERFACE CALLS PACKETS_PER_SECOND SECONDS
 *
 * prints the packets that were sent, the seconds that it took and its own processor time. The frames are made here, so that
 * both directions of each call come from this one end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { HEADERS = 14 + 20 + 8 + 12, PAYLOAD = 160, FRAME = HEADERS + PAYLOAD, BATCH = 64, MEDIA = 3, PATTERN = 41 };

static const int clock_step[MEDIA] = {960, 3000, 3000};
static const int per_frame[MEDIA] = {1, 10, 2};
static const uint8_t payload_type[MEDIA] = {111, 96, 97};

struct stream {
  uint8_t frame[FRAME];
  uint32_t timestamp;
  uint16_t sequence;
  int media;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void put16(uint8_t *at, uint16_t value) { at[0] = value >> 8; at[1] = value; }
static void put32(uint8_t *at, uint32_t value) { put16(at, value >> 16); put16(at + 2, value); }

static void address(uint8_t *at, int is_device, int call) { put32(at, is_device ? 0x0a4d0100 + call : 0x0a4d0001); }

/* Ports of the gateway: 20000, 20002 and 20004 for the first call, six further for each next one. */
static void make(struct stream *s, int call, int media, int outbound) {
  static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  uint8_t *f = s->frame;
  int gateway_port = 20000 + 6 * call + 2 * media, device_port = 40000 + 2 * media;
  memset(f, 0, FRAME);
  memcpy(f, broadcast, 6);
  put16(f + 12, 0x0800);
  f[14] = 0x45;
  put16(f + 16, FRAME - 14);
  f[22] = 64;
  f[23] = 17;
  address(f + 26, !outbound, call);
  address(f + 30, outbound, call);
  put16(f + 34, outbound ? gateway_port : device_port);
  put16(f + 36, outbound ? device_port : gateway_port);
  put16(f + 38, FRAME - 34);
  f[42] = 0x80;
  f[43] = payload_type[media];
  put32(f + 50, 1 + (call * MEDIA + media) * 2 + outbound);
  s->media = media;
}

static void next(struct stream *s, uint16_t identification) {
  int last = (s->sequence + 1) % per_frame[s->media] == 0;
  put16(s->frame + 18, identification);
  s->frame[43] = payload_type[s->media] | (last ? 0x80 : 0);
  put16(s->frame + 44, s->sequence++);
  put32(s->frame + 46, s->timestamp);
  if (last) s->timestamp += clock_step[s->media];
}

int main(int count, char **args) {
  if (count != 5) return 2;
  int calls = atoi(args[2]);
  double rate = atof(args[3]), seconds = atof(args[4]);
  int out = socket(AF_PACKET, SOCK_RAW, 0);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(args[1])};
  int without_queue = 1;
  setsockopt(out, SOL_PACKET, PACKET_QDISC_BYPASS, &without_queue, sizeof without_queue);
  if (out < 0 || bind(out, (struct sockaddr *)&to, sizeof to) < 0) return perror("socket"), 1;
  struct stream *streams = calloc((size_t)calls * MEDIA * 2, sizeof *streams);
  static uint8_t frames[BATCH][FRAME];
  struct mmsghdr messages[BATCH] = {0};
  struct iovec parts[BATCH];
  for (int call = 0; call < calls; call++)
    for (int media = 0; media < MEDIA; media++)
      for (int way = 0; way < 2; way++) make(&streams[(call * MEDIA + media) * 2 + way], call, media, way);
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){frames[i], FRAME};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  long long sent = 0;
  uint64_t turn = 0;
  double begun = now();
  while (now() - begun < seconds) {
    for (int i = 0; i < BATCH; i++, turn++) {
      /* 5 : 30 : 6 of each 41, all calls and both ways in turn. */
      int slot = (int)(turn / ((uint64_t)calls * 2) * 7 % PATTERN), pair = (int)(turn % ((uint64_t)calls * 2));
      int media = slot < 5 ? 0 : slot < 35 ? 1 : 2;
      struct stream *s = &streams[(pair / 2 * MEDIA + media) * 2 + pair % 2];
      next(s, (uint16_t)turn);
      memcpy(frames[i], s->frame, FRAME);
    }
    for (int done = 0; done < BATCH;) {
      int some = sendmmsg(out, messages + done, BATCH - done, 0);
      if (some > 0) done += some, sent += some;
    }
    double due = begun + sent / rate, wait = due - now();
    if (wait > 100e-6) {
      struct timespec pause = {0, (long)(wait * 1e9)};
      nanosleep(&pause, NULL);
    }
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%lld %.3f %.3f\n", sent, now() - begun,
         usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  return 0;
}
