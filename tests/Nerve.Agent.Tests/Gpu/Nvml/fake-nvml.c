/*
 * A libnvidia-ml.so.1 that plays the machine described in the file that FAKE_NVML names, in JSON. Structures and return codes as in nvml.h.
 *
 *   {
 *     "nvmlSystemGetDriverVersion": "565.57.01",
 *     "gpus": [
 *       {
 *         "pci": "0:18:0",                          domain:bus:device, hexadecimal
 *         "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
 *         "nvmlDeviceGetTemperature(0)": 30,        a function with an argument
 *         "nvmlDeviceGetEccMode": [1, 1],           several results
 *         "field(161,3)": 2,                        nvmlDeviceGetFieldValues: field 161 of scope 3
 *         "process": [[4711, 1048576, 4294967295, 4294967295]],
 *         "lost": true,                             every question is answered with NVML_ERROR_GPU_IS_LOST
 *         "mig": [{}]                               parts of the GPU, described as it is
 *       }
 *     ]
 *   }
 *
 * What is not described is NVML_ERROR_NOT_SUPPORTED; a value of "!15" is that error; the value "hang" never comes.
 * The file is read again when it changes. -DOLD builds a library without the functions of newer drivers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7, IS_LOST = 15, VERSION_MISMATCH = 25 };

typedef unsigned long long u64;
typedef struct device {
    struct device *parent;
    char keys[400][64], values[400][160];
    int count;
} device;

static device machine, devices[64];
static int count, initialised;
static struct timespec read_at;

static void add(device *d, const char *key, const char *value) {
    if (d->count == 400) return;
    snprintf(d->keys[d->count], 64, "%s", key);
    snprintf(d->values[d->count], 160, "%s", value);
    d->count++;
}

/* A reader for JSON as tests write it: no escapes, and what separates is not looked at. */
static const char *at;

static void skip(void) { while (*at && strchr(" \t\r\n,:", *at)) at++; }

static void word(char *into, size_t room) {
    int quoted = *at == '"';
    size_t length = strcspn(at += quoted, quoted ? "\"" : ",]} \t\r\n");
    snprintf(into, room, "%.*s", (int)length, at);
    at += length + quoted;
}

/* The words of a list, with commas between. */
static void list(device *d, const char *key) {
    char all[160] = "", one[160];
    for (at++, skip(); *at && *at != ']'; skip()) {
        word(one, sizeof one);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", *all ? "," : "", one);
    }
    if (*at) at++;
    add(d, key, all);
}

static void object(device *d) {
    char key[64], value[160];
    for (at++, skip(); *at && *at != '}'; skip()) {
        word(key, sizeof key);
        skip();
        const char *inside = *at == '[' ? at + 1 + strspn(at + 1, " \t\r\n") : "";
        if (*inside == '{' || *inside == '[') {
            for (at = inside; *at == '{' || *at == '['; skip()) {
                if (*at == '[') { list(d, key); continue; }
                device *part = &devices[count++];
                part->parent = d == &machine ? NULL : d;
                object(part);
            }
            if (*at) at++;
        }
        else if (*at == '[') list(d, key);
        else { word(value, sizeof value); add(d, key, strcmp(value, "true") ? value : "1"); }
    }
    if (*at) at++;
}

static void load(void) {
    const char *path = getenv("FAKE_NVML");
    struct stat now;
    if (!path || stat(path, &now) != 0) return;
    if (now.st_mtim.tv_sec == read_at.tv_sec && now.st_mtim.tv_nsec == read_at.tv_nsec) return;
    FILE *file = fopen(path, "r");
    if (!file) return;
    read_at = now.st_mtim;
    for (int i = 0; i < 64; i++) devices[i].count = 0;
    machine.count = count = 0;
    static char text[256 * 1024];
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    at = text;
    skip();
    object(&machine);
}

static const char *raw(device *d, const char *key) {
    for (int i = 0; i < d->count; i++) if (!strcmp(d->keys[i], key)) return d->values[i];
    return NULL;
}

/* The value of a key; NULL with the code to return in *code. */
static const char *find(device *d, const char *key, int *code) {
    load();
    if (!initialised) { *code = UNINITIALIZED; return NULL; }
    const char *value = d ? raw(d, key) : NULL;
    if (value && !strcmp(value, "hang")) for (;;) pause();
    device *whole = d && d->parent ? d->parent : d;
    if (whole && raw(whole, "lost") && strcmp(key, "pci")) { *code = IS_LOST; return NULL; }
    if (!value) { *code = NOT_SUPPORTED; return NULL; }
    if (*value == '!') { *code = atoi(value + 1); return NULL; }
    *code = SUCCESS;
    return value;
}

static int numbers(device *d, const char *key, u64 *into, int wanted) {
    int code;
    const char *value = find(d, key, &code);
    for (int i = 0; value && i < wanted; i++) {
        into[i] = strtoull(value, NULL, 0);
        value = strchr(value, ',');
        if (value) value++; else if (i + 1 < wanted) into[i + 1] = 0;
    }
    return code;
}

static int text(device *d, const char *key, char *into, unsigned length) {
    int code;
    const char *value = find(d, key, &code);
    if (value) snprintf(into, length, "%s", value);
    return code;
}

#define API __attribute__((visibility("default")))
#define TEXT(name) API int name(device *d, char *into, unsigned length) { return text(d, #name, into, length); }
#define UINT(name) API int name(device *d, unsigned *into) { u64 n[2]; int c = numbers(d, #name, n, 1); if (!c) *into = n[0]; return c; }
#define UINT1(name) API int name(device *d, unsigned argument, unsigned *into) { \
    char key[96]; u64 n[2]; snprintf(key, sizeof key, #name "(%u)", argument); int c = numbers(d, key, n, 1); if (!c) *into = n[0]; return c; }
#define UINTS2(name) API int name(device *d, unsigned *a, unsigned *b) { \
    u64 n[3]; int c = numbers(d, #name, n, 2); if (!c) { *a = n[0]; *b = n[1]; } return c; }
#define ULONG(name) API int name(device *d, u64 *into) { u64 n[2]; int c = numbers(d, #name, n, 1); if (!c) *into = n[0]; return c; }
#define ULONG2(name) API int name(device *d, unsigned a, unsigned b, u64 *into) { \
    char key[96]; u64 n[2]; snprintf(key, sizeof key, #name "(%u,%u)", a, b); int c = numbers(d, key, n, 1); if (!c) *into = n[0]; return c; }

API int nvmlInit_v2(void) { load(); initialised = 1; u64 n[2]; int c = numbers(&machine, "nvmlInit_v2", n, 1); if (c == NOT_SUPPORTED) return SUCCESS; initialised = 0; return c; }
API int nvmlShutdown(void) { initialised = 0; return SUCCESS; }
API int nvmlSystemGetDriverVersion(char *into, unsigned length) { return text(&machine, "nvmlSystemGetDriverVersion", into, length); }

static device *gpu_at(unsigned index) {
    for (int i = 0; i < count; i++) if (!devices[i].parent && index-- == 0) return &devices[i];
    return NULL;
}

API int nvmlDeviceGetCount_v2(unsigned *into) { load(); unsigned n = 0; while (gpu_at(n)) n++; *into = n; return initialised ? SUCCESS : UNINITIALIZED; }
API int nvmlDeviceGetHandleByIndex_v2(unsigned index, device **into) {
    device *d = gpu_at(index);
    if (!d) return INVALID_ARGUMENT;
    if (raw(d, "unreachable")) return IS_LOST;
    *into = d;
    return SUCCESS;
}

typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } pci_v3;
static int pci(device *d, const char *key, pci_v3 *into) {
    int code;
    const char *value = find(d, key, &code);
    if (!value) return code;
    memset(into, 0, sizeof *into);
    sscanf(value, "%x:%x:%x", &into->domain, &into->bus, &into->device);
    into->id = 0x233010de;
    snprintf(into->legacy, 16, "%04X:%02X:%02X.0", into->domain, into->bus, into->device);
    snprintf(into->bus_id, 32, "%08X:%02X:%02X.0", into->domain, into->bus, into->device);
    return code;
}

TEXT(nvmlDeviceGetName) TEXT(nvmlDeviceGetUUID) TEXT(nvmlDeviceGetSerial) TEXT(nvmlDeviceGetVbiosVersion) TEXT(nvmlDeviceGetBoardPartNumber)
UINT(nvmlDeviceGetComputeMode) UINT(nvmlDeviceGetPersistenceMode) UINT(nvmlDeviceGetFanSpeed) UINT(nvmlDeviceGetPowerUsage)
UINT(nvmlDeviceGetEnforcedPowerLimit) UINT(nvmlDeviceGetPowerManagementLimit) UINT(nvmlDeviceGetPowerManagementDefaultLimit)
UINT(nvmlDeviceGetCurrPcieLinkGeneration) UINT(nvmlDeviceGetCurrPcieLinkWidth) UINT(nvmlDeviceGetMaxPcieLinkGeneration)
UINT(nvmlDeviceGetMaxPcieLinkWidth) UINT(nvmlDeviceGetPcieReplayCounter) UINT(nvmlDeviceGetRetiredPagesPendingStatus)
UINT1(nvmlDeviceGetTemperature) UINT1(nvmlDeviceGetClockInfo) UINT1(nvmlDeviceGetMaxClockInfo) UINT1(nvmlDeviceGetPcieThroughput)
UINT1(nvmlDeviceGetNvLinkState) UINT1(nvmlDeviceGetNvLinkVersion)
UINTS2(nvmlDeviceGetEccMode) UINTS2(nvmlDeviceGetPowerManagementLimitConstraints) UINTS2(nvmlDeviceGetCudaComputeCapability)
ULONG(nvmlDeviceGetCurrentClocksThrottleReasons)
ULONG2(nvmlDeviceGetTotalEccErrors) ULONG2(nvmlDeviceGetNvLinkErrorCounter)

API int nvmlDeviceGetMemoryErrorCounter(device *d, unsigned type, unsigned counter, unsigned location, u64 *into) {
    char key[96]; u64 n[2];
    snprintf(key, sizeof key, "nvmlDeviceGetMemoryErrorCounter(%u,%u,%u)", type, counter, location);
    int c = numbers(d, key, n, 1);
    if (!c) *into = n[0];
    return c;
}

typedef struct { unsigned gpu, memory; } utilization;
API int nvmlDeviceGetUtilizationRates(device *d, utilization *into) {
    u64 n[3]; int c = numbers(d, "nvmlDeviceGetUtilizationRates", n, 2);
    if (!c) { into->gpu = n[0]; into->memory = n[1]; }
    return c;
}

/* memory=total,reserved,free,used */
typedef struct { u64 total, free, used; } memory_v1;
API int nvmlDeviceGetMemoryInfo(device *d, memory_v1 *into) {
    u64 n[5]; int c = numbers(d, "memory", n, 4);
    if (!c) { into->total = n[0]; into->free = n[2]; into->used = n[3] + n[1]; }
    return c;
}

API int nvmlDeviceGetRetiredPages(device *d, unsigned cause, unsigned *pages, u64 *addresses) {
    char key[96]; u64 n[2]; unsigned room = *pages;
    snprintf(key, sizeof key, "nvmlDeviceGetRetiredPages(%u)", cause);
    int c = numbers(d, key, n, 1);
    if (c) return c;
    *pages = n[0];
    return n[0] > room ? INSUFFICIENT_SIZE : SUCCESS;
}

typedef struct { unsigned pid; u64 used; } process_v1;
typedef struct { unsigned pid; u64 used; unsigned gpu_instance, compute_instance; } process_v2;
static int processes(device *d, unsigned *length, void *into, int version) {
    int code, found = 0;
    unsigned room = *length;
    find(d, "lost?", &code);
    if (code == IS_LOST || code == UNINITIALIZED) return code;
    for (int i = 0; i < d->count; i++) {
        if (strcmp(d->keys[i], "process")) continue;
        unsigned pid, gi, ci; u64 used;
        sscanf(d->values[i], "%u,%llu,%u,%u", &pid, &used, &gi, &ci);
        if (found < (int)room && version == 1) ((process_v1 *)into)[found] = (process_v1){ pid, used };
        if (found < (int)room && version == 2) ((process_v2 *)into)[found] = (process_v2){ pid, used, gi, ci };
        found++;
    }
    *length = found;
    return found > (int)room ? INSUFFICIENT_SIZE : SUCCESS;
}
API int nvmlDeviceGetComputeRunningProcesses(device *d, unsigned *length, process_v1 *into) { return processes(d, length, into, 1); }

#ifdef OLD
API int nvmlDeviceGetPciInfo_v2(device *d, pci_v3 *into) { pci_v3 full; int c = pci(d, "pci", &full); if (!c) memcpy(into, &full, 52); return c; }
#else
API int nvmlDeviceGetPciInfo_v3(device *d, pci_v3 *into) { return pci(d, "pci", into); }
API int nvmlSystemGetCudaDriverVersion_v2(int *into) { u64 n[2]; int c = numbers(&machine, "nvmlSystemGetCudaDriverVersion_v2", n, 1); if (!c) *into = n[0]; return c; }
ULONG(nvmlDeviceGetCurrentClocksEventReasons)
UINTS2(nvmlDeviceGetMigMode) UINT(nvmlDeviceGetMaxMigDeviceCount) UINT(nvmlDeviceGetGpuInstanceId) UINT(nvmlDeviceGetComputeInstanceId)
UINT1(nvmlDeviceGetNvLinkRemoteDeviceType)
API int nvmlDeviceGetGspFirmwareVersion(device *d, char *into) { return text(d, "nvmlDeviceGetGspFirmwareVersion", into, 64); }
API int nvmlDeviceGetComputeRunningProcesses_v3(device *d, unsigned *length, process_v2 *into) { return processes(d, length, into, 2); }

API int nvmlDeviceGetNvLinkRemotePciInfo_v2(device *d, unsigned link, pci_v3 *into) {
    char key[96];
    snprintf(key, sizeof key, "nvmlDeviceGetNvLinkRemotePciInfo_v2(%u)", link);
    return pci(d, key, into);
}

API int nvmlDeviceGetRemappedRows(device *d, unsigned *corrected, unsigned *uncorrected, unsigned *pending, unsigned *failed) {
    u64 n[5]; int c = numbers(d, "nvmlDeviceGetRemappedRows", n, 4);
    if (!c) { *corrected = n[0]; *uncorrected = n[1]; *pending = n[2]; *failed = n[3]; }
    return c;
}

typedef struct { unsigned version; u64 total, reserved, free, used; } memory_v2;
API int nvmlDeviceGetMemoryInfo_v2(device *d, memory_v2 *into) {
    if (into->version != (sizeof *into | 2 << 24)) return VERSION_MISMATCH;
    u64 n[5]; int c = numbers(d, "memory", n, 4);
    if (!c) { into->total = n[0]; into->reserved = n[1]; into->free = n[2]; into->used = n[3]; }
    return c;
}

typedef struct { unsigned field, scope; long long timestamp, latency; unsigned type; int code; union { double d; unsigned ui; u64 ull; } value; } field_value;
API int nvmlDeviceGetFieldValues(device *d, int length, field_value *fields) {
    int code;
    find(d, "lost?", &code);
    if (code == IS_LOST || code == UNINITIALIZED) return code;
    for (int i = 0; i < length; i++) {
        char key[64]; u64 n[2];
        snprintf(key, sizeof key, "field(%u,%u)", fields[i].field, fields[i].scope);
        fields[i].code = numbers(d, key, n, 1);
        fields[i].type = 3;
        fields[i].value.ull = fields[i].code ? 0 : n[0];
    }
    return SUCCESS;
}

API int nvmlDeviceGetMigDeviceHandleByIndex(device *d, unsigned index, device **into) {
    for (int i = 0; i < count; i++) if (devices[i].parent == d && index-- == 0) { *into = &devices[i]; return SUCCESS; }
    return 6; /* NVML_ERROR_NOT_FOUND */
}

typedef struct { unsigned sm, copy, decoder, encoder, jpeg, ofa, gpu_slices, compute_slices; u64 mebibytes; } attributes;
API int nvmlDeviceGetAttributes_v2(device *d, attributes *into) {
    u64 n[2]; int c = numbers(d, "multiprocessors", n, 1);
    if (!c) { memset(into, 0, sizeof *into); into->sm = n[0]; }
    return c;
}

/* fabric=state,status,clique,health; fabricCluster=the UUID's 32 digits */
typedef struct { unsigned version; unsigned char cluster[16]; unsigned status, clique; unsigned char state; unsigned health; } fabric_v2;
API int nvmlDeviceGetGpuFabricInfoV(device *d, fabric_v2 *into) {
    if (into->version != (sizeof *into | 2 << 24)) return VERSION_MISMATCH;
    u64 n[5]; int c = numbers(d, "fabric", n, 4), ignored;
    if (c) return c;
    into->state = n[0]; into->status = n[1]; into->clique = n[2]; into->health = n[3];
    const char *cluster = find(d, "fabricCluster", &ignored);
    memset(into->cluster, 0, 16);
    for (int i = 0; cluster && i < 16; i++) { unsigned byte; sscanf(cluster + 2 * i, "%2x", &byte); into->cluster[i] = byte; }
    return c;
}
#endif
