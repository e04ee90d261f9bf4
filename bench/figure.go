package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Figure is one measured quantity beside what it is held against.
type Figure struct {
	Scenario string  `json:"scenario"`
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"` // as it was measured, beside whatever else the machine did
	// Quiet estimates what a machine would show that has nothing else to do: the
	// best of the runs, in processor time where that can be told.
	Quiet *float64 `json:"quiet,omitempty"`
	Floor *float64 `json:"floor,omitempty"` // what it is compared with: a prototype's figure, or the same without encryption
	Limit *float64 `json:"limit,omitempty"` // at most
	Note  string   `json:"note,omitempty"`
}

// at is a pointer to a figure that is there.
func at(v float64) *float64 { return &v }

// Verdicts on a figure with a limit.
const (
	verdictMet    = "yes"
	verdictQuiet  = "quiet" // only by the estimate
	verdictMissed = "NO"
)

func (f Figure) verdict() string {
	switch {
	case f.Limit == nil:
		return ""
	case f.Value <= *f.Limit:
		return verdictMet
	case f.Quiet != nil && *f.Quiet <= *f.Limit:
		return verdictQuiet
	default:
		return verdictMissed
	}
}

// ratio is to the floor, of the estimate where there is one.
func (f Figure) ratio() (ratio float64, ok bool) {
	if f.Floor == nil || *f.Floor == 0 {
		return 0, false
	}
	if f.Quiet != nil {
		return *f.Quiet / *f.Floor, true
	}
	return f.Value / *f.Floor, true
}

// printFigures writes the table of a list of figures.
func printFigures(w io.Writer, figures []Figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "scenario\tfigure\tmeasured\tquiet\tfloor\t× floor\tlimit\tmet\t")
	before := ""
	for _, f := range figures {
		scenario := f.Scenario
		if scenario == before {
			scenario = ""
		}
		before = f.Scenario
		ratio := "–"
		if r, ok := f.ratio(); ok {
			ratio = strconv.FormatFloat(r, 'f', 2, 64)
		}
		name := f.Name
		if f.Note != "" {
			name += " (" + f.Note + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t\n", scenario, name, number(&f.Value), f.Unit,
			number(f.Quiet), number(f.Floor), ratio, number(f.Limit), f.verdict())
	}
	_ = t.Flush()
}

// number writes what is there, with three digits that count.
func number(v *float64) string {
	switch {
	case v == nil:
		return "–"
	case *v == math.Trunc(*v) || math.Abs(*v) >= 1000:
		return strconv.FormatFloat(*v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(*v, 'g', 3, 64)
	}
}

// loadAverage is the machine's over the last minute; 0 where the kernel does not
// tell.
func loadAverage() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return v
}
