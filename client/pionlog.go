package client

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLogs passes what pion has to say on as debug lines: most of it is about
// connections that are being closed, and nothing may go to stderr by itself.
type pionLogs struct{ log *slog.Logger }

// NewLogger makes the logger of one part of pion.
func (p pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLogger{p.log.With("part", scope)}
}

type pionLogger struct{ log *slog.Logger }

func (l pionLogger) line(level, msg string) {
	l.log.Debug("pion", "level", level, "message", msg)
}

// linef formats only when somebody reads debug lines.
func (l pionLogger) linef(level, format string, args []any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.line(level, fmt.Sprintf(format, args...))
	}
}

func (pionLogger) Trace(string)          {}
func (pionLogger) Tracef(string, ...any) {}
func (pionLogger) Debug(string)          {}
func (pionLogger) Debugf(string, ...any) {}

func (l pionLogger) Info(msg string)                  { l.line("info", msg) }
func (l pionLogger) Infof(format string, args ...any) { l.linef("info", format, args) }
func (l pionLogger) Warn(msg string)                  { l.line("warn", msg) }
func (l pionLogger) Warnf(format string, args ...any) { l.linef("warn", format, args) }
func (l pionLogger) Error(msg string)                 { l.line("error", msg) }
func (l pionLogger) Errorf(format string, args ...any) {
	l.linef("error", format, args)
}
