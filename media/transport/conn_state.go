package transport

// setState moves to s, if that is a change that s allows, and tells OnState.
func (c *Conn) setState(s State, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.setStateLocked(s, err)
}

func (c *Conn) setStateLocked(s State, err error) bool {
	if c.state == s || c.state == StateClosed {
		return false
	}
	c.state = s
	if c.onState == nil {
		return true
	}
	c.pending = append(c.pending, notice{s, err})
	if !c.telling {
		c.telling = true
		c.socket.tasks.Go(c.tell)
	}
	return true
}

// tell calls OnState for what is pending, then ends: an idle connection has no
// goroutine of its own for this.
func (c *Conn) tell() {
	for {
		c.mu.Lock()
		if len(c.pending) == 0 {
			c.telling = false
			c.mu.Unlock()
			return
		}
		n := c.pending[0]
		c.pending = c.pending[1:]
		c.mu.Unlock()
		c.onState(n.state, n.err)
	}
}

// settle makes the connection connected when ICE and DTLS both are, or again
// when checks have come back.
func (c *Conn) settle() {
	if c.remote.Load() == nil || c.session.Load() == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == StateNew || c.state == StateDisconnected {
		c.setStateLocked(StateConnected, nil)
	}
}

// revive lets a connection whose ICE failed try again after a restart.
func (c *Conn) revive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == StateFailed && c.failure == nil {
		c.setStateLocked(StateDisconnected, nil)
	}
}

// fail ends a connection whose DTLS cannot succeed any more.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	c.failure = err
	c.setStateLocked(StateFailed, err)
	c.mu.Unlock()
	c.remote.Store(nil)
}

// beginDTLS is when a peer must have got through ICE and DTLS.
const beginDTLS = 2 * FailedAfter

// expire applies the consent timers (RFC 7675 section 5.1) at time now.
func (c *Conn) expire(now int64) {
	last := c.lastCheck.Load()
	if last == 0 {
		last = c.created
	}
	silent := now - last
	switch state := c.State(); {
	case state == StateFailed || state == StateClosed:
	case state == StateNew && now-c.created >= int64(beginDTLS):
		c.fail(ErrHandshake)
	case silent >= int64(FailedAfter):
		c.remote.Store(nil)
		c.setState(StateFailed, ErrNoConsent)
	case silent >= int64(DisconnectedAfter) && state == StateConnected:
		c.setState(StateDisconnected, ErrNoConsent)
	}
}

// consents takes an authentic check with creds. It returns false for a failed
// connection: once consent is lost only a restart gives it back (RFC 7675
// section 5.1). The first check with new credentials retires the old ones.
func (c *Conn) consents(creds *credentials) bool {
	c.mu.Lock()
	failed, retired := c.state == StateFailed || c.state == StateClosed, (*credentials)(nil)
	if creds == c.current && c.previous != nil {
		retired, c.previous = c.previous, nil
	}
	c.mu.Unlock()
	c.socket.dropCredentials(retired)
	return !failed
}
