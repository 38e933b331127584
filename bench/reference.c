/*
 * The limit to measure against: the work of `otherleg analyze` on RTP and RTCP, in C and with nothing else around it.
 * Ethernet with 802.1Q, IPv4 and IPv6, UDP; per stream the loss of RFC 3550 A.3 over unique packets, duplicates told
 * within the last 2,048 numbers, the jitter of A.8, and round trips from report blocks of the receiver (6.4.1).
 *
 *   cc -O2 reference.c                           reads the file itself, 1 MiB at a time (classic pcap, little endian)
 *   cc -O2 -DWITH_LIBPCAP reference.c -lpcap     reads through libpcap
 *   ./a.out FILE [PAYLOAD-TYPE=CLOCK-RATE…]      one line a stream, fields separated by tabs
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 2048 /* numbers, a power of two */
#define SENDER_REPORTS 16

/* One flow and SSRC. An IPv4 address stands in the last word of its four. */
struct key {
  uint32_t source[4], destination[4], ports, ssrc;
};

struct stream {
  struct key key;
  uint64_t first, highest; /* extended sequence numbers; the first has 65,536 added, so that none is negative */
  uint64_t packets, duplicates;
  double clock;            /* units per microsecond; 0: unknown */
  double arrival, jitter, jitter_sum, jitter_maximum;
  uint64_t jitter_updates;
  uint32_t timestamp;
  uint64_t seen[WINDOW / 64];
};

/* The sender reports of one SSRC between two addresses, whatever the ports, and what its receiver made of them. */
struct sender {
  struct key key;
  struct { uint32_t compact; double at; } reports[SENDER_REPORTS];
  uint32_t next;
  uint64_t samples;
  double sum, maximum;
};

/* Open addressing: slots hold an index + 1 into records that grow. */
struct table {
  uint32_t *slots, size, count, capacity;
  size_t record;
  char *records;
};

static struct table streams = {.record = sizeof(struct stream)};
static struct table senders = {.record = sizeof(struct sender)};
static double clocks[128];
static uint64_t packets, rtp_packets, rtcp_packets;

static uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }

static uint32_t hash(const struct key *key) {
  uint32_t h = key->ssrc * 0x9e3779b1u ^ key->ports * 0x85ebca6bu;
  h ^= key->source[3] * 0xc2b2ae35u ^ key->destination[3] * 0x27d4eb2fu;
  return h ^ h >> 15;
}

static void *record_of(struct table *table, uint32_t index) { return table->records + index * table->record; }

static void grow(struct table *table) {
  table->size = table->size ? table->size * 2 : 1024;
  table->capacity = table->size / 2;
  table->records = realloc(table->records, table->capacity * table->record);
  free(table->slots);
  table->slots = calloc(table->size, sizeof *table->slots);
  if (!table->records || !table->slots) exit(1);
  for (uint32_t index = 0; index < table->count; index++) {
    uint32_t at = hash(record_of(table, index)) & (table->size - 1);
    while (table->slots[at]) at = (at + 1) & (table->size - 1);
    table->slots[at] = index + 1;
  }
}

/* The record of a key, the first member of every record; a new one is zeros but for its key. */
static void *find(struct table *table, const struct key *key, int make) {
  if (table->count == table->capacity) grow(table);
  uint32_t at = hash(key) & (table->size - 1);
  for (; table->slots[at]; at = (at + 1) & (table->size - 1)) {
    void *found = record_of(table, table->slots[at] - 1);
    if (!memcmp(found, key, sizeof *key)) return found;
  }
  if (!make) return NULL;
  table->slots[at] = ++table->count;
  void *made = record_of(table, table->count - 1);
  memset(made, 0, table->record);
  memcpy(made, key, sizeof *key);
  return made;
}

/* Marks a number as seen; whether it was before. */
static int seen(struct stream *s, uint64_t number) {
  uint64_t *word = &s->seen[number / 64 % (WINDOW / 64)], bit = 1ull << number % 64;
  int before = (*word & bit) != 0;
  *word |= bit;
  return before;
}

static void forget(struct stream *s, uint64_t number) { s->seen[number / 64 % (WINDOW / 64)] &= ~(1ull << number % 64); }

static void count(struct stream *s, uint32_t sequence) {
  int16_t ahead = (int16_t)(sequence - (uint16_t)s->highest);
  uint64_t number = s->highest + ahead;
  if (ahead > 0) {
    if (ahead >= WINDOW) memset(s->seen, 0, sizeof s->seen);
    else for (uint64_t skipped = s->highest + 1; skipped <= number; skipped++) forget(s, skipped);
    s->highest = number;
  } else if (ahead <= -WINDOW) {
    return;
  }
  if (seen(s, number)) s->duplicates++;
  else s->packets++;
}

static void rtp(struct key *key, const uint8_t *p, double at) {
  uint32_t sequence = be16(p + 2), timestamp = be32(p + 4);
  key->ssrc = be32(p + 8);
  struct stream *s = find(&streams, key, 1);
  rtp_packets++;
  if (!s->packets) {
    s->first = s->highest = 65536 + sequence;
    s->clock = clocks[p[1] & 127] / 1e6;
  } else if (s->clock) {
    double difference = (at - s->arrival) * s->clock - (int32_t)(timestamp - s->timestamp);
    s->jitter += ((difference < 0 ? -difference : difference) - s->jitter) / 16;
    s->jitter_sum += s->jitter;
    s->jitter_updates++;
    if (s->jitter > s->jitter_maximum) s->jitter_maximum = s->jitter;
  }
  count(s, sequence);
  s->arrival = at;
  s->timestamp = timestamp;
}

static void sender_report(struct key *key, const uint8_t *p, double at) {
  key->ssrc = be32(p + 4);
  struct sender *s = find(&senders, key, 1);
  s->reports[s->next % SENDER_REPORTS].compact = be16(p + 10) << 16 | be16(p + 12);
  s->reports[s->next++ % SENDER_REPORTS].at = at;
}

/* A block from the receiver of a stream that goes the other way. */
static void report_block(const struct key *key, const uint8_t *p, double at) {
  uint32_t last = be32(p + 16), delay = be32(p + 20);
  struct key other = {.ssrc = be32(p)};
  memcpy(other.source, key->destination, sizeof other.source);
  memcpy(other.destination, key->source, sizeof other.destination);
  struct sender *s = last && delay ? find(&senders, &other, 0) : NULL;
  if (!s) return;
  for (uint32_t back = 1; back <= SENDER_REPORTS && back <= s->next; back++) {
    uint32_t index = (s->next - back) % SENDER_REPORTS;
    if (s->reports[index].compact != last) continue;
    double trip = (at - s->reports[index].at) / 1e6 - delay / 65536.0;
    if (trip < -0.002 || trip > 10) return;
    if (trip < 0) trip = 0;
    s->samples++;
    s->sum += trip;
    if (trip > s->maximum) s->maximum = trip;
    return;
  }
}

static void rtcp(struct key *key, const uint8_t *p, const uint8_t *end, double at) {
  rtcp_packets++;
  key->ports = 0;
  while (end - p >= 8 && p[0] >> 6 == 2) {
    const uint8_t *next = p + 4 * (be16(p + 2) + 1);
    if (next > end) return;
    const uint8_t *block = p[1] == 200 ? p + 28 : p[1] == 201 ? p + 8 : next;
    if (p[1] == 200 && next >= p + 28) sender_report(key, p, at);
    for (int left = p[0] & 31; left > 0 && block + 24 <= next; left--, block += 24) report_block(key, block, at);
    p = next;
  }
}

/* One record of link type Ethernet. */
static void frame(const uint8_t *p, uint32_t length, double at) {
  const uint8_t *end = p + length, *udp;
  struct key key = {.ssrc = 0};
  packets++;
  if (length < 42) return;
  uint32_t type = be16(p + 12);
  p += 14;
  for (; type == 0x8100 || type == 0x88a8; p += 4) {
    if (end - p < 28) return;
    type = be16(p + 2);
  }
  if (type == 0x0800 && p[0] >> 4 == 4 && p[9] == 17 && !(be16(p + 6) & 0x3fff)) {
    key.source[3] = be32(p + 12);
    key.destination[3] = be32(p + 16);
    udp = p + 4 * (p[0] & 15);
  } else if (type == 0x86dd && end - p >= 48 && p[6] == 17) {
    for (int word = 0; word < 4; word++) {
      key.source[word] = be32(p + 8 + 4 * word);
      key.destination[word] = be32(p + 24 + 4 * word);
    }
    udp = p + 40;
  } else {
    return;
  }
  if (end - udp < 20) return;
  const uint8_t *payload = udp + 8;
  if (payload[0] >> 6 != 2) return;
  key.ports = be32(udp);
  if (payload[1] >= 192 && payload[1] <= 223) rtcp(&key, payload, end, at);
  else rtp(&key, payload, at);
}

#ifdef WITH_LIBPCAP
#include <pcap/pcap.h>

static void record(u_char *unused, const struct pcap_pkthdr *header, const u_char *octets) {
  (void)unused;
  frame(octets, header->caplen, header->ts.tv_sec * 1e6 + header->ts.tv_usec);
}

static int read_capture(const char *path) {
  char reason[PCAP_ERRBUF_SIZE];
  pcap_t *capture = pcap_open_offline(path, reason);
  if (!capture) return 1;
  int result = pcap_loop(capture, -1, record, NULL);
  pcap_close(capture);
  return result != 0;
}
#else
#include <fcntl.h>
#include <unistd.h>

static uint8_t buffer[1 << 20];

static uint32_t le32(const uint8_t *p) {
  uint32_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

static int read_capture(const char *path) {
  int file = open(path, O_RDONLY);
  if (file < 0) return 1;
  size_t used = 0, skip = 24;
  for (ssize_t got; (got = read(file, buffer + used, sizeof buffer - used)) > 0;) {
    const uint8_t *p = buffer, *end = buffer + used + got;
    if (skip && (end - p < 24 || le32(p) != 0xa1b2c3d4u)) return 1;
    p += skip;
    skip = 0;
    while (end - p >= 16) {
      uint32_t captured = le32(p + 8);
      if (captured > sizeof buffer / 2) return 1;
      if ((size_t)(end - p) < 16 + captured) break;
      frame(p + 16, captured, le32(p) * 1e6 + le32(p + 4));
      p += 16 + captured;
    }
    used = end - p;
    memmove(buffer, p, used);
  }
  close(file);
  return 0;
}
#endif

static void address(const uint32_t *words) {
  if (words[0]) printf("%08x%08x%08x%08x\t", words[0], words[1], words[2], words[3]);
  else printf("%08x\t", words[3]);
}

/* ssrc source port destination port packets expected duplicates jitter-mean jitter-max samples trip-mean trip-max */
static void print(struct stream *s) {
  struct key key = s->key;
  key.ports = 0;
  struct sender *sender = find(&senders, &key, 0);
  double units = s->clock * 1e6, updates = s->jitter_updates;
  double mean = updates ? s->jitter_sum / updates / units : 0, maximum = updates ? s->jitter_maximum / units : 0;
  uint64_t samples = sender ? sender->samples : 0;
  printf("%u\t", s->key.ssrc);
  address(s->key.source);
  printf("%u\t", s->key.ports >> 16);
  address(s->key.destination);
  printf("%u\t%lu\t%lu\t%lu\t", s->key.ports & 0xffff, s->packets, s->highest - s->first + 1, s->duplicates);
  printf("%.9f\t%.9f\t%lu\t", mean, maximum, samples);
  printf("%.9f\t%.9f\n", samples ? sender->sum / samples : 0, samples ? sender->maximum : 0);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  clocks[0] = clocks[8] = clocks[9] = clocks[18] = 8000;
  clocks[31] = clocks[34] = 90000;
  for (int i = 2; i < argc; i++) {
    unsigned type, rate;
    if (sscanf(argv[i], "%u=%u", &type, &rate) == 2 && type < 128) clocks[type] = rate;
  }
  if (read_capture(argv[1])) {
    fprintf(stderr, "%s: not a capture that this program reads\n", argv[1]);
    return 1;
  }
  printf("#\t%lu\t%lu\t%lu\n", packets, rtp_packets, rtcp_packets);
  for (uint32_t index = 0; index < streams.count; index++) print(record_of(&streams, index));
  return 0;
}
