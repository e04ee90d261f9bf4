package transport

import "github.com/pion/srtp/v3"

// SRTP_AES128_CM_HMAC_SHA1_80 goes through pion/srtp: only peers without AEAD
// use it, and only where the operator allows it.

func (s *session) initCM(c *srtp.Config) (err error) {
	s.cmIn, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile,
		srtp.SRTPReplayProtection(windowBits), srtp.SRTCPReplayProtection(windowBits))
	if err != nil {
		return err
	}
	s.cmOut, err = srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	return err
}

// openCM decrypts in place; pion copies the header to dst, which is b itself.
func (s *session) openCM(b []byte) ([]byte, error) {
	plain, err := s.cmIn.DecryptRTP(b[:0], b, nil)
	if err != nil {
		return nil, ErrAuth
	}
	return plain, nil
}

func (s *session) openControlCM(b []byte) ([]byte, error) {
	plain, err := s.cmIn.DecryptRTCP(b[:0], b, nil)
	if err != nil {
		return nil, ErrAuth
	}
	return plain, nil
}

func (s *session) sealCM(dst, header, payload []byte) (int, error) {
	n := copy(dst, header)
	n += copy(dst[n:], payload)
	out, err := s.cmOut.EncryptRTP(dst[:0], dst[:n:n], nil)
	return len(out), err
}

func (s *session) sealControlCM(dst, compound []byte) (int, error) {
	out, err := s.cmOut.EncryptRTCP(dst[:0], compound, nil)
	return len(out), err
}
