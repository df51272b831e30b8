/* SPDX-License-Identifier: MIT
 *
 * The component whose descriptions and memory the fuzz targets damage: something
 * of everything that the state engine knows, in two versions.
 */
#include "case.h"

enum kind { NUMBER, TEXT, PEER };
struct value {
    enum kind kind;
    union {
        int number LU_TAG("kind=NUMBER");
        const char *text LU_TAG("kind=TEXT");
        struct value *peer LU_TAG("kind=PEER");
    } u LU_TAG("kind");
#ifndef OLD
    long version;
#endif
};
struct vec {
    int n;
#ifndef OLD
    long capacity;
#endif
    struct {
        short x;
        struct value *v;
    } e[];
} *vec;
struct node {
#ifndef OLD
    int flags;
#endif
    struct node *next, *prev;
    int (*handler)(int);
    union {
        long number;
        float f;
    } u;
    unsigned bits : 5, more : 9;
    _Bool ready;
    char name[8];
    double ratio;
} *head;
struct packet {
    struct packet *next;
    char *payload;
#ifndef OLD
    int flags;
#endif
} *packet;
struct {
    unsigned char n;
    struct value *LU_LEN("n") values;
    short size;
    unsigned char *LU_LEN("size") bytes;
} counted;
enum mood { CALM, GLAD, SAD, ANGRY, GONE } mood;
#ifdef OLD
enum colour { RED, GREEN, BLUE = -1 } colour;
#else
enum colour { BLUE, RED = 5, GREEN } colour;
#endif
union any {
    long words[2];
    float f;
};
struct deep {
    struct {
        struct {
            enum colour c[3];
            short grid[2][3];
        } b;
        union {
            struct node *node;
            struct deep *deep;
        } either;
    } a;
#ifdef OLD
    int narrow;
    unsigned wide : 30;
    char text[12];
#else
    long narrow;
    unsigned wide : 32;
    char text[8];
    char added;
#endif
    SXFER void *sealed;
    NOXFER int cached;
    union any raw LU_ANNOTATION("ixfer");
} deep, *deeper;
#ifdef OLD
int shrinks[8];
float number;
#else
int shrinks[6];
double number;
#endif
int (*handlers[2])(int);
LU_INVARIANT(moods, "mood >= CALM && mood <= GONE");
LU_INVARIANT(listed, "count(n in list(head, next): n->next == NULL) <= 1 && all(v in values: "
                     "v->kind != TEXT || v->u.text != NULL)");
struct value values[4];
struct node *table[3];
void *blob, *device = (void *)0x54000010;
const char *name = "a name";
char *end;
PXFER(unsigned long) address;
static const struct option {
    int key;
    const char *name;
    const struct option *next;
} options[] = {
    {1, "one", &options[1]},
#ifndef OLD
    {4, "four", NULL},
#endif
    {2, "two", NULL},
    {3, "three", &options[0]},
};
const struct option *option = &options[1],
                    *options_end = options + sizeof(options) / sizeof(options[0]);

static int twice(int x)
{
    return 2 * x;
}

static struct node *node_new(int i)
{
    struct node *n = calloc(1, sizeof(*n));

    n->next = head;
    if (head)
        head->prev = n;
    n->handler = twice;
    n->u.number = i;
    n->bits = (unsigned)i & 31;
    n->ready = i & 1;
    memcpy(n->name, "node", 5);
    n->ratio = i;
    head = n;
    return n;
}

/* Nothing tells the pass what this allocates. */
static void *get(size_t n)
{
    static void *volatile last;

    last = calloc(1, n);
    return last;
}

static void setup_counted(void)
{
    counted.n = 3;
    counted.values = get(4 * sizeof(struct value));
    counted.values[1].kind = PEER;
    counted.values[1].u.peer = &counted.values[2];
    counted.size = 40;
    counted.bytes = get(48);
    memset(counted.bytes, 8, 48);
    mood = SAD;
}

static void setup_deep(void)
{
    deep.a.b.c[1] = GREEN;
    deep.a.b.grid[1][2] = -7;
    deep.a.either.node = head;
    deep.narrow = -5;
    deep.wide = 0x2fffffff;
    memcpy(deep.text, "short", 6);
    deep.sealed = &deep;
    deep.raw.words[1] = 77;
    deeper = calloc(1, sizeof(*deeper));
    deeper->a.either.deep = &deep;
    deeper->a.b.c[2] = BLUE;
    shrinks[5] = 5;
    number = 2.5;
    handlers[1] = twice;
    colour = GREEN;
}

void setup(void)
{
    static char buffer[32];

    for (int i = 0; i < 20; i++)
        table[i % 3] = node_new(i);
    vec = calloc(1, sizeof(*vec) + 5 * sizeof(vec->e[0]));
    vec->n = 5;
    vec->e[3].v = &values[2];
    values[1].kind = TEXT;
    values[1].u.text = "some text";
    values[2].kind = PEER;
    values[2].u.peer = &values[1];
    packet = malloc(sizeof(*packet) + 100);
    packet->next = NULL;
    packet->payload = (char *)(packet + 1) + 4;
    memset(packet + 1, 7, 100);
    blob = malloc(50);
    memset(blob, 1, 50);
    end = buffer + 32;
    address = (unsigned long)&values[3];
    setup_counted();
    setup_deep();
    KEEP(name);
    KEEP(device);
    KEEP(option);
    KEEP(options_end);
}
