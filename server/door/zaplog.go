package door

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"
)

// zapToSlog passes certmagic's log on to slog, one level lower: what the
// operator must know is logged by this package.
type zapToSlog struct {
	to     slog.Handler
	fields []zapcore.Field
}

var _ zapcore.Core = zapToSlog{}

// Enabled reports whether slog wants the level.
func (z zapToSlog) Enabled(l zapcore.Level) bool {
	return z.to.Enabled(context.Background(), slogLevel(l))
}

// With returns a core that adds fields to each entry.
func (z zapToSlog) With(fields []zapcore.Field) zapcore.Core {
	z.fields = append(slices.Clip(z.fields), fields...)
	return z
}

// Check adds the core to an entry that is to be written.
func (z zapToSlog) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if z.Enabled(e.Level) {
		return c.AddCore(e, z)
	}
	return c
}

// Write hands an entry to slog. Only plain fields go along: nested ones may have
// what does not belong in a log, such as an ACME account.
func (z zapToSlog) Write(e zapcore.Entry, fields []zapcore.Field) error {
	r := slog.NewRecord(e.Time, slogLevel(e.Level), "acme", 0)
	r.AddAttrs(slog.String("event", strings.TrimSpace(e.LoggerName+" "+e.Message)))
	m := zapcore.NewMapObjectEncoder()
	for _, f := range slices.Concat(z.fields, fields) {
		switch f.Type {
		case zapcore.StringType, zapcore.ErrorType, zapcore.DurationType, zapcore.Int64Type,
			zapcore.TimeType, zapcore.TimeFullType, zapcore.BoolType:
			f.AddTo(m)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Fields)) {
		r.AddAttrs(slog.Any(key, m.Fields[key]))
	}
	return z.to.Handle(context.Background(), r)
}

// Sync has nothing to do: slog keeps nothing back.
func (z zapToSlog) Sync() error { return nil }

// slogLevel maps zap's errors to warnings and the rest to debugging.
func slogLevel(l zapcore.Level) slog.Level {
	if l >= zapcore.ErrorLevel {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}
