/*
 * Joins two network namespaces by two TAP devices and carries every frame from one to the other: late, out of order, twice
 * or not at all, as its rules and seed say. It notes every datagram, and tells all when it is told to end.
 *
 *   relay SEED DEVICE-NAMESPACE GATEWAY-NAMESPACE     paths of the namespaces, such as /run/netns/NAME
 *
 * It makes dev0 in the first and gw0 in the second, prints "ready", and obeys lines on its standard input:
 *   rule in|out rtp|rtcp|stun|any LOW-HIGH [key=value…]   of packets with a UDP port in the range; the newest that fits holds
 *     loss=RATIO  burst=PACKETS (mean length of a loss)   delay=MS  jitter=MS (delay ± jitter, uniform)
 *     late=RATIO  by=MS (held back by so much more, past those that follow)   twice=RATIO
 *   mirror NAME [TAG…]   makes such a TAP device in the second namespace: a mirror port of gw0, its frames tagged so,
 *     the outermost first (IEEE 802.1Q; all but the innermost are service tags)
 *   end     delivers what waits, prints, and carries nothing any more
 * It says "mirrored" when a mirror is there. At the end of its input it exits, and the devices with it. in: device -> gateway.
 *
 * It prints a line for each datagram in the order in which they came, and "end" with the longest time, in seconds,
 * by which it woke too late, or was busy before it looked again:
 *   WAY KIND SOURCE-PORT DESTINATION-PORT SSRC TYPE NUMBER TIMESTAMP RECEIVED LEFT COPY
 * with times in epoch seconds, LEFT 0 if it was dropped, COPY 1 for a second one. RTCP and STUN have the type of the
 * first packet or message in TYPE, the number of report blocks in NUMBER, and STUN the end of its transaction in SSRC.
 *
 * The first packets of an SSRC are never lost, so that its first number is seen. Packets keep their order within an SSRC
 * (or port pair) but for those held back: a path that delays packets of their own accord seldom lets one overtake another.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 2048
#define KEPT_FIRST 5 /* packets of an SSRC that are never lost */
#define RULES_MAX 64
#define FLOWS_MAX 512
#define MIRRORS_MAX 4
#define TAGS_MAX 2
#define SECOND 1000000000LL

enum kind { RTP, RTCP, STUN, OTHER };
static const char *const kind_names[] = {"rtp", "rtcp", "stun", "any"};
static const char *const way_names[] = {"in", "out"};

struct rule {
  int way, kind; /* kind OTHER: any */
  uint32_t low, high;
  double loss, burst, delay, jitter, late, by, twice;
};

/* What one datagram is. type: payload type, or RTCP or STUN message type; number: sequence number, or report blocks. */
struct datagram {
  enum kind kind;
  uint32_t ssrc, timestamp, type, number;
  uint16_t source, destination;
};

/* One SSRC, or whatever else goes from port to port, in one way. */
struct flow {
  struct datagram first;
  int way;
  uint64_t random, received;
  int losing;
  int64_t due; /* of the newest that keeps its order */
};

struct note {
  struct datagram datagram;
  int way, copy;
  int64_t received, left; /* left: 0 if it never did */
};

struct waiting {
  int64_t due;
  size_t note;
  size_t length;
  uint8_t frame[FRAME_MAX];
};

static struct rule rules[RULES_MAX];
static size_t rule_count;
static struct flow flows[FLOWS_MAX];
static size_t flow_count;
static struct waiting **heap;
static size_t heap_count, heap_room;
static struct note *notes;
static size_t note_count, note_room;
static uint64_t seed;
static int taps[2]; /* by way: where its frames come from */
static struct mirror {
  int tap;
  uint8_t tags[4 * TAGS_MAX];
  size_t length;
} mirrors[MIRRORS_MAX];
static size_t mirror_count;
static const char *gateway_namespace;
static int64_t to_epoch; /* CLOCK_REALTIME - CLOCK_MONOTONIC at the start */
static int64_t longest_stall;

/* It wakes at least this often, to notice when it could not. */
#define NAP 2000000LL

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int64_t clock_now(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * SECOND + at.tv_nsec;
}

static int64_t now(void) { return clock_now(CLOCK_MONOTONIC); }

static uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }

/* splitmix64: a generator of its own for each flow, so that one flow's packets do not change another's fate. */
static uint64_t next64(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static double uniform(struct flow *flow) { return (double)(next64(&flow->random) >> 11) / 9007199254740992.0; }

/* The UDP payload of an Ethernet frame that is no later fragment; 0 if there is none. */
static const uint8_t *payload_of(const uint8_t *frame, size_t length, struct datagram *datagram, size_t *octets) {
  const uint8_t *ip = frame + 14, *udp;
  if (length >= 14 + 20 + 8 && be16(frame + 12) == 0x0800 && ip[9] == 17 && !(be16(ip + 6) & 0x1fff))
    udp = ip + 4 * (ip[0] & 15);
  else if (length >= 14 + 40 + 8 && be16(frame + 12) == 0x86dd && ip[6] == 17)
    udp = ip + 40;
  else
    return NULL;
  if (udp + 8 > frame + length) return NULL;
  datagram->source = (uint16_t)be16(udp);
  datagram->destination = (uint16_t)be16(udp + 2);
  *octets = (size_t)(frame + length - udp - 8);
  return udp + 8;
}

/* RFC 7983 and RFC 5761 tell what shares a port. */
static struct datagram read_datagram(const uint8_t *frame, size_t length) {
  struct datagram datagram = {.kind = OTHER};
  size_t octets;
  const uint8_t *p = payload_of(frame, length, &datagram, &octets);
  if (p == NULL) return datagram;
  if (octets >= 20 && p[0] < 4 && be32(p + 4) == 0x2112a442) {
    datagram.kind = STUN;
    datagram.type = be16(p);
    datagram.ssrc = be32(p + 16); /* the end of the transaction id */
  } else if (octets >= 8 && p[0] >> 6 == 2 && p[1] >= 192 && p[1] <= 223) {
    datagram.kind = RTCP;
    datagram.type = p[1];
    datagram.number = p[0] & 31;
    datagram.ssrc = be32(p + 4);
  } else if (octets >= 12 && p[0] >> 6 == 2) {
    datagram.kind = RTP;
    datagram.type = p[1] & 127;
    datagram.number = be16(p + 2);
    datagram.timestamp = be32(p + 4);
    datagram.ssrc = be32(p + 8);
  }
  return datagram;
}

static struct flow *flow_of(int way, const struct datagram *datagram) {
  uint32_t ssrc = datagram->kind == RTP ? datagram->ssrc : 0;
  size_t same_ports = 0;
  for (size_t i = 0; i < flow_count; i++) {
    struct flow *flow = &flows[i];
    if (flow->way != way || flow->first.kind != datagram->kind || flow->first.source != datagram->source ||
        flow->first.destination != datagram->destination)
      continue;
    if (datagram->kind != RTP || flow->first.ssrc == ssrc) return flow;
    same_ports++;
  }
  if (flow_count == FLOWS_MAX) return &flows[FLOWS_MAX - 1];
  struct flow *flow = &flows[flow_count++];
  *flow = (struct flow){.first = *datagram, .way = way};
  /* By what stays the same from run to run: an SSRC does not. */
  flow->random = seed ^ (uint64_t)way << 60 ^ (uint64_t)datagram->kind << 56 ^ (uint64_t)same_ports << 40 ^
                 (uint64_t)datagram->source << 16 ^ datagram->destination;
  next64(&flow->random);
  return flow;
}

static const struct rule *rule_of(int way, const struct datagram *datagram) {
  for (size_t i = rule_count; i-- > 0;) {
    const struct rule *rule = &rules[i];
    if (rule->way != way || (rule->kind != OTHER && rule->kind != (int)datagram->kind)) continue;
    if ((datagram->source >= rule->low && datagram->source <= rule->high) ||
        (datagram->destination >= rule->low && datagram->destination <= rule->high))
      return rule;
  }
  return NULL;
}

static int precedes(const struct waiting *a, const struct waiting *b) {
  return a->due != b->due ? a->due < b->due : a->note < b->note;
}

/* Room for one more. */
static void *grown(void *items, size_t count, size_t *room, size_t size) {
  if (count < *room) return items;
  *room = *room ? 2 * *room : 256;
  items = realloc(items, *room * size);
  if (items == NULL) die("realloc");
  return items;
}

static void push(struct waiting *item) {
  heap = grown(heap, heap_count, &heap_room, sizeof *heap);
  size_t at = heap_count++;
  for (; at > 0 && precedes(item, heap[(at - 1) / 2]); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
  heap[at] = item;
}

static struct waiting *pop(void) {
  struct waiting *top = heap[0], *last = heap[--heap_count];
  size_t at = 0;
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_count) break;
    if (child + 1 < heap_count && precedes(heap[child + 1], heap[child])) child++;
    if (!precedes(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  if (heap_count > 0) heap[at] = last;
  return top;
}

/* Two states (Gilbert): the mean length of a loss is `burst`, the mean of all is `loss`. */
static int is_lost(struct flow *flow, const struct rule *rule) {
  double burst = rule->burst > 1 ? rule->burst : 1;
  double begins = rule->loss < 1 ? rule->loss / (burst * (1 - rule->loss)) : 1;
  double draw = uniform(flow);
  if (rule->loss >= 1) flow->losing = 1;
  else if (rule->loss <= 0) flow->losing = 0;
  else if (burst == 1) flow->losing = draw < rule->loss;
  else flow->losing = flow->losing ? draw >= 1 / burst : draw < begins;
  return flow->losing;
}

static size_t note(int way, const struct datagram *datagram, int64_t received, int copy) {
  notes = grown(notes, note_count, &note_room, sizeof *notes);
  notes[note_count] = (struct note){.datagram = *datagram, .way = way, .copy = copy, .received = received};
  return note_count++;
}

static void wait_until(int64_t due, size_t note, const uint8_t *frame, size_t length) {
  struct waiting *item = malloc(sizeof *item);
  if (item == NULL) die("malloc");
  item->due = due;
  item->note = note;
  item->length = length;
  memcpy(item->frame, frame, length);
  push(item);
}

/* What passes gw0, either way. */
static void mirror(const uint8_t *frame, size_t length) {
  for (size_t i = 0; i < mirror_count; i++) {
    const struct mirror *to = &mirrors[i];
    uint8_t copy[FRAME_MAX + sizeof to->tags];
    memcpy(copy, frame, 12);
    memcpy(copy + 12, to->tags, to->length);
    memcpy(copy + 12 + to->length, frame + 12, length - 12);
    ssize_t written = write(to->tap, copy, length + to->length);
    (void)written;
  }
}

static void take(int way, const uint8_t *frame, size_t length, int64_t received) {
  static const struct rule none;
  if (way == 1) mirror(frame, length);
  struct datagram datagram = read_datagram(frame, length);
  struct flow *flow = flow_of(way, &datagram);
  const struct rule *found = rule_of(way, &datagram), *rule = found ? found : &none;
  int lost = is_lost(flow, rule);
  double jitter = (2 * uniform(flow) - 1) * rule->jitter;
  int late = uniform(flow) < rule->late, twice = uniform(flow) < rule->twice;
  if (lost && (datagram.kind != RTP || flow->received >= KEPT_FIRST)) {
    note(way, &datagram, received, 0);
    return;
  }
  flow->received++;
  double delay = rule->delay + jitter;
  int64_t due = received + (int64_t)(1e6 * (delay > 0 ? delay : 0));
  if (late) due += (int64_t)(1e6 * rule->by);
  else {
    if (due < flow->due) due = flow->due;
    flow->due = due;
  }
  for (int copy = 0; copy <= twice; copy++) wait_until(due, note(way, &datagram, received, copy), frame, length);
}

static void deliver(struct waiting *item) {
  struct note *noted = &notes[item->note];
  /* The device may be down, which the rest of the way does not know. */
  ssize_t written = write(taps[!noted->way], item->frame, item->length);
  (void)written;
  if (noted->way == 0) mirror(item->frame, item->length);
  noted->left = now();
  free(item);
}

static void deliver_due(int64_t until) {
  while (heap_count > 0 && heap[0]->due <= until) deliver(pop());
}

static void print_all(void) {
  for (size_t i = 0; i < note_count; i++) {
    const struct note *noted = &notes[i];
    const struct datagram *datagram = &noted->datagram;
    printf("%s %s %u %u %u %u %u %u %.6f %.6f %d\n", way_names[noted->way],
           datagram->kind == OTHER ? "other" : kind_names[datagram->kind], datagram->source, datagram->destination,
           datagram->ssrc, datagram->type, datagram->number, datagram->timestamp,
           (double)(noted->received + to_epoch) / SECOND, noted->left ? (double)(noted->left + to_epoch) / SECOND : 0,
           noted->copy);
  }
  printf("end %.6f\n", (double)longest_stall / SECOND);
  fflush(stdout);
}

static int named(const char *const names[], int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return i;
  fprintf(stderr, "relay: what is %s?\n", name);
  exit(2);
}

static void add_rule(char *words) {
  struct rule rule = {.burst = 1};
  char way[8], kind[8];
  int used;
  if (rule_count == RULES_MAX || sscanf(words, "%7s %7s %u-%u%n", way, kind, &rule.low, &rule.high, &used) != 4) {
    fprintf(stderr, "relay: no rule: %s\n", words);
    exit(2);
  }
  rule.way = named(way_names, 2, way);
  rule.kind = named(kind_names, 4, kind);
  for (char *word = strtok(words + used, " "); word != NULL; word = strtok(NULL, " ")) {
    static const char *const keys[] = {"loss", "burst", "delay", "jitter", "late", "by", "twice"};
    double *const values[] = {&rule.loss, &rule.burst, &rule.delay, &rule.jitter, &rule.late, &rule.by, &rule.twice};
    char *sign = strchr(word, '=');
    if (sign == NULL) named(keys, 0, word);
    *sign = 0;
    *values[named(keys, 7, word)] = atof(sign + 1);
  }
  rules[rule_count++] = rule;
}

/* A device belongs to the namespace in which it was opened. */
static int open_tap(const char *namespace, const char *name) {
  int space = open(namespace, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) < 0) die(namespace);
  close(space);
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) die("/dev/net/tun");
  return tap;
}

static void add_mirror(char *words) {
  const char *name = strtok(words, " ");
  if (name == NULL || mirror_count == MIRRORS_MAX) named(kind_names, 0, "mirror");
  struct mirror *added = &mirrors[mirror_count++];
  added->tap = open_tap(gateway_namespace, name);
  for (char *word, *next = strtok(NULL, " "); (word = next) != NULL && added->length < sizeof added->tags;) {
    next = strtok(NULL, " ");
    uint32_t header = (next == NULL ? 0x8100u : 0x88a8u) << 16 | (uint32_t)atoi(word);
    for (int shift = 24; shift >= 0; shift -= 8) added->tags[added->length++] = (uint8_t)(header >> shift);
  }
  printf("mirrored\n");
  fflush(stdout);
}

/* Whether to go on. */
static int obey(char *line) {
  if (strncmp(line, "rule ", 5) == 0) add_rule(line + 5);
  else if (strncmp(line, "mirror ", 7) == 0) add_mirror(line + 7);
  else if (strcmp(line, "end") == 0) return 0;
  else named(kind_names, 0, line);
  return 1;
}

static int read_orders(void) {
  static char text[65536];
  static size_t length;
  ssize_t more = read(0, text + length, sizeof text - length - 1);
  if (more <= 0) exit(0);
  length += (size_t)more;
  text[length] = 0;
  char *line = text, *end;
  int goes_on = 1;
  while (goes_on && (end = strchr(line, '\n')) != NULL) {
    *end = 0;
    goes_on = obey(line);
    line = end + 1;
  }
  length -= (size_t)(line - text);
  memmove(text, line, length);
  return goes_on;
}

static void read_frames(int way) {
  uint8_t frame[65536];
  for (;;) {
    ssize_t length = read(taps[way], frame, sizeof frame);
    if (length <= 0) return;
    if (length <= FRAME_MAX) take(way, frame, (size_t)length, now());
  }
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: relay SEED DEVICE-NAMESPACE GATEWAY-NAMESPACE\n");
    return 2;
  }
  seed = strtoull(words[1], NULL, 10) * 0x9e3779b97f4a7c15u;
  gateway_namespace = words[3];
  taps[0] = open_tap(words[2], "dev0");
  taps[1] = open_tap(gateway_namespace, "gw0");
  to_epoch = clock_now(CLOCK_REALTIME) - now();
  /* Without the right to it, it is only less exact. */
  sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10});
  prctl(PR_SET_TIMERSLACK, 1UL);
  printf("ready\n");
  fflush(stdout);
  for (int goes_on = 1; goes_on;) {
    struct pollfd polled[] = {{taps[0], POLLIN, 0}, {taps[1], POLLIN, 0}, {0, POLLIN, 0}};
    int64_t began = now(), left = heap_count > 0 && heap[0]->due - began < NAP ? heap[0]->due - began : NAP;
    if (left < 0) left = 0;
    struct timespec timeout = {left / SECOND, left % SECOND};
    ppoll(polled, 3, &timeout, NULL);
    int64_t woke = now(), late = woke - began - left;
    if (late > longest_stall) longest_stall = late;
    for (int way = 0; way < 2; way++)
      if (polled[way].revents & POLLIN) read_frames(way);
    if (polled[2].revents) goes_on = read_orders();
    deliver_due(now());
    /* It stands still as well where it is kept from what it does; to make a mirror takes its time. */
    int64_t busy = polled[2].revents ? 0 : now() - woke;
    if (busy > longest_stall) longest_stall = busy;
  }
  while (heap_count > 0) {
    int64_t left = heap[0]->due - now();
    if (left > 0) nanosleep(&(struct timespec){left / SECOND, left % SECOND}, NULL);
    deliver_due(now());
  }
  print_all();
  while (getchar() != EOF) continue;
  return 0;
}
