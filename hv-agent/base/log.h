/* SPDX-License-Identifier: MIT
 *
 * Log lines of host programs: plain text on stderr, one line per event,
 * "TIME LEVEL area: text".  Thread-safe.  Control characters in the text (it
 * may come from a guest) are replaced.
 */
#pragma once

enum hva_log_level { HVA_LOG_DEBUG = 0, HVA_LOG_INFO, HVA_LOG_WARNING, HVA_LOG_ERROR };

/* Lines below `level` are not written (default: INFO). */
void hva_log_level(enum hva_log_level level);

/* `area` names the subject: a part of the agent, or "guest NAME". */
void hva_log(enum hva_log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define hva_debug(area, ...) hva_log(HVA_LOG_DEBUG, area, __VA_ARGS__)
#define hva_info(area, ...) hva_log(HVA_LOG_INFO, area, __VA_ARGS__)
#define hva_warn(area, ...) hva_log(HVA_LOG_WARNING, area, __VA_ARGS__)
#define hva_error(area, ...) hva_log(HVA_LOG_ERROR, area, __VA_ARGS__)
