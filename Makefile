# testpanel: see README.md. `make V=1` shows the commands; `make BUILD=dir` builds elsewhere.

CC = gcc
AR = ar
BUILD = build
PREFIX = /usr/local
OPT = -O2 -g
WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wpointer-arith -Wundef -Wformat=2
PACKAGES = ncursesw libcurl libcjson libuv libmicrohttpd libutf8proc

VERSION = 0.1.0
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DTESTPANEL_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(SANITIZE) $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
LDLIBS_ALL = $(SANITIZE) $(LDFLAGS) $(shell pkg-config --libs $(PACKAGES)) -lstemmer -lm

V = 0
QUIET_0 = @printf '  %-5s %s\n' "$(1)" "$@";
quiet = $(QUIET_$(V))

# One object a line: what is built is what stands here.
EXECUTOR = \
	executor/alloc.o \
	executor/attribute.o \
	executor/buffer.o \
	executor/clock.o \
	executor/defer.o \
	executor/env.o \
	executor/errcode.o \
	executor/fault.o \
	executor/file.o \
	executor/graphql_document.o \
	executor/json.o \
	executor/json_locate.o \
	executor/json_print.o \
	executor/json_scan.o \
	executor/normalize.o \
	executor/policy.o \
	executor/result.o \
	executor/retry_after.o \
	executor/template.o

ORCHESTRATOR = \
	orchestrator/bm25.o \
	orchestrator/text.o

AUDIO =

TUI =

TESTS_EXECUTOR = \
	tests/executor/test_graphql_document.o \
	tests/executor/test_json.o \
	tests/executor/test_normalize.o \
	tests/executor/test_policy.o \
	tests/executor/test_template.o

TESTS_ORCHESTRATOR = \
	tests/orchestrator/test_text.o

TESTS_AUDIO =

TESTS_TUI =

objects = $(addprefix $(BUILD)/,$(1))
LIBEXECUTOR = $(BUILD)/libexecutor.a
LIBORCHESTRATOR = $(BUILD)/liborchestrator.a
LIBAUDIO = $(BUILD)/libaudio.a
LIBTUI = $(BUILD)/libtui.a

.PHONY: all test clean
all: $(BUILD)/testpanel

$(LIBEXECUTOR): $(call objects,$(EXECUTOR))
$(LIBORCHESTRATOR): $(call objects,$(ORCHESTRATOR))
$(LIBAUDIO): $(call objects,$(AUDIO))
$(LIBTUI): $(call objects,$(TUI))

$(BUILD)/%.a:
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/testpanel: $(BUILD)/tui/main.o $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

# A test program links the archive it tests and what that one stands on, nothing above it.
TEST_PROGRAMS = $(addprefix $(BUILD)/tests/,test-executor test-orchestrator test-audio test-tui)
$(BUILD)/tests/test-executor: $(call objects,$(TESTS_EXECUTOR)) $(LIBEXECUTOR)
$(BUILD)/tests/test-orchestrator: $(call objects,$(TESTS_ORCHESTRATOR)) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
$(BUILD)/tests/test-audio: $(call objects,$(TESTS_AUDIO)) $(LIBAUDIO) $(LIBEXECUTOR)
$(BUILD)/tests/test-tui: $(call objects,$(TESTS_TUI)) $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
$(TEST_PROGRAMS):
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL) -lcriterion

test: $(TEST_PROGRAMS)
	@for t in $(TEST_PROGRAMS); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
