package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/roundel-meet/roundel/media/sfu"
	"github.com/roundel-meet/roundel/media/transport"
	"github.com/roundel-meet/roundel/server/room"
	"github.com/roundel-meet/roundel/server/signal"
)

// figures reads what the parts count when somebody asks; nothing is counted
// twice, and nothing on the packet path knows of metrics.
type figures struct {
	rooms  *room.Rooms
	sfu    *sfu.SFU
	socket *transport.Socket
	signal *signal.Door

	gauges   []figure
	counters []figure
	delay    *prometheus.Desc
}

// snapshot is one reading of all parts.
type snapshot struct {
	rooms  room.Stats
	sfu    sfu.Stats
	socket transport.Stats
	signal signal.Stats
}

// figure is one number of a snapshot under its name.
type figure struct {
	desc *prometheus.Desc
	read func(snapshot) float64
}

func gauge(name, help string, read func(snapshot) int) figure {
	return figure{
		prometheus.NewDesc("roundel_"+name, help, nil, nil),
		func(s snapshot) float64 { return float64(read(s)) },
	}
}

func counter(name, help string, read func(snapshot) uint64) figure {
	return figure{
		prometheus.NewDesc("roundel_"+name+"_total", help, nil, nil),
		func(s snapshot) float64 { return float64(read(s)) },
	}
}

func newFigures(rooms *room.Rooms, s *sfu.SFU, socket *transport.Socket, door *signal.Door) *figures {
	return &figures{
		rooms: rooms, sfu: s, socket: socket, signal: door,
		delay: prometheus.NewDesc("roundel_forwarding_seconds",
			"From reading an RTP or RTCP packet until its copies were handed to the kernel, but for those that a pacer holds.", nil, nil),
		gauges: []figure{
			gauge("rooms", "Live meetings.", func(s snapshot) int { return s.rooms.Rooms }),
			gauge("participants", "Seats in live meetings.", func(s snapshot) int { return s.rooms.Participants }),
			gauge("lobby_waiting", "People in lobbies.", func(s snapshot) int { return s.rooms.Waiting }),
			gauge("media_peers", "Media connections.", func(s snapshot) int { return s.sfu.Peers }),
			gauge("media_tracks", "Tracks that are published.", func(s snapshot) int { return s.sfu.Tracks }),
		},
		counters: []figure{
			counter("rtp_packets_in", "RTP packets received and authenticated.", func(s snapshot) uint64 { return s.sfu.PacketsIn }),
			counter("rtp_octets_in", "Octets of these.", func(s snapshot) uint64 { return s.sfu.OctetsIn }),
			counter("rtp_packets_out", "RTP packets sent.", func(s snapshot) uint64 { return s.sfu.PacketsOut }),
			counter("rtp_octets_out", "Octets of these.", func(s snapshot) uint64 { return s.sfu.OctetsOut }),
			counter("rtp_retransmitted", "RTP packets sent again on request.", func(s snapshot) uint64 { return s.sfu.Retransmitted }),
			counter("rtp_recovered", "RTP packets received after asking again.", func(s snapshot) uint64 { return s.sfu.Recovered }),
			counter("rtp_rejected", "RTP packets that could not be authenticated or read.", func(s snapshot) uint64 { return s.sfu.Rejected }),
			counter("rtp_dropped", "RTP packets not forwarded for lack of bandwidth.", func(s snapshot) uint64 { return s.sfu.Dropped }),
			counter("key_frame_requests", "Key frames asked of publishers.", func(s snapshot) uint64 { return s.sfu.KeyRequests }),
			counter("signal_messages_out", "Signalling messages sent.", func(s snapshot) uint64 { return s.signal.MessagesOut }),
			counter("signal_octets_out", "Octets of these, before TLS.", func(s snapshot) uint64 { return s.signal.OctetsOut }),
			counter("signal_messages_in", "Signalling messages received.", func(s snapshot) uint64 { return s.signal.MessagesIn }),
			counter("signal_octets_in", "Octets of these.", func(s snapshot) uint64 { return s.signal.OctetsIn }),
			counter("room_panics", "Rooms that a fault of the server ended.", func(s snapshot) uint64 { return s.sfu.Panics }),
		},
	}
}

// Describe lists the figures.
func (f *figures) Describe(out chan<- *prometheus.Desc) {
	for _, g := range f.gauges {
		out <- g.desc
	}
	for _, c := range f.counters {
		out <- c.desc
	}
	out <- f.delay
}

// Collect reads the figures.
func (f *figures) Collect(out chan<- prometheus.Metric) {
	s := snapshot{rooms: f.rooms.Stats(), sfu: f.sfu.Stats(), socket: f.socket.Stats(), signal: f.signal.Stats()}
	for _, g := range f.gauges {
		out <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.read(s))
	}
	for _, c := range f.counters {
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.CounterValue, c.read(s))
	}
	packets, sum := s.sfu.Delays.Total()
	out <- prometheus.MustNewConstHistogram(f.delay, packets, sum.Seconds(), s.sfu.Delays.Buckets())
}

// handler serves the figures, with those of the process, as Prometheus reads them.
func (f *figures) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(f, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
