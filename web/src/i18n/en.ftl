### English. Calm sentences: no exclamation marks, no blame.

product = Roundel
title-page = { $page } · Roundel
loading = One moment…
joining = Joining…
close = Close
cancel = Cancel
save = Save
view = View
try-again = Try again
you = You
name-you = { $name } (you)
notices = Notices
notice-dismiss = Dismiss
to-start = Start page
home-link = Roundel, start page
status-lines = Status
untitled = Meeting

## Start

home-title = Meetings whose encryption you can see
home-lead = Start a meeting, or join one with its ID or link.
home-unclaimed = This server has no owner yet. Open the link that it printed when it first started to set it up.
new-meeting = New meeting
new-meeting-of = { $name }’s meeting
meeting-title = Title
meeting-title-optional = Title (optional)
join-meeting = Join a meeting
join-number = Meeting ID or link
join-not-a-number = A meeting ID has ten digits. You can also paste the whole link.
join = Join
join-of = Join { $title }
own-meetings = Your meetings
own-meetings-none = Meetings that you start appear here until you end them.
copy-link-of = Copy the link of { $title }
link-copied = The link is copied.
link-not-copied = The browser did not allow copying.
end-meeting = End meeting
end-meeting-of = End { $title }
end-meeting-title = End this meeting?
end-meeting-text = Everyone in “{ $title }” leaves.
end-meeting-after = Its link stops working. This cannot be undone.
account = Account
account-of = Account of { $name }
sign-in = Sign in
sign-out = Sign out
sign-in-wrong = The name or the password is not right.
ca-title = Does your browser warn about this server?
ca-text = This server made its own certificate authority. Install its certificate on your device, and your browser can check that it talks to the right server. Compare the file with one from your administrator first.
ca-download = Download the certificate

## First run

claim-title = Set up this server
claim-lead = You hold the first-run link, so you become the owner. Choose a name and a password.
claim-no-token = Open the whole link that the server printed when it first started. Its last part, after the # sign, is missing here.
claim-done-title = This server has an owner
claim-done = The first-run link works once and has been used.
claim-name-hint = You sign in with this name, and others see it in meetings.
claim-submit = Become the owner
your-name = Your name
recognise = Recognise this device
recognise-hint = Others can tell in later meetings that it is you again; otherwise this device has a new key in each meeting.
your-name-hint = The others in the meeting see it.
password = Password
password-again = Password again
password-rule = At least { $count } characters. A few words in a row are strong and easy to remember.
password-short = Please use at least { $count } characters.
password-differs = The two passwords differ.

## Before the meeting

meeting-id = Meeting ID { $number }
passcode = Passcode
passcode-title = This meeting has a passcode
passcode-text = The host can tell you what it is.
prejoin-lobby = The host will let you in.
prejoin-locked = This meeting is locked. Nobody new can enter at the moment.
own-picture = Your picture, as in a mirror
camera-starting = Starting the camera…
mic-level = Microphone level
microphone = Microphone
microphone-number = Microphone { $number }
camera = Camera
camera-number = Camera { $number }
speaker = Speaker
speaker-number = Speaker { $number }
speaker-test = Test speaker
device-none = None found
join-without = You can join without them and turn them on later.
permission-help-chromium = Select the icon at the left end of the address bar, allow the camera and the microphone, then try again.
permission-help-firefox = Select the crossed-out camera or microphone in the address bar, clear the block, then try again.
permission-help-safari = Open Safari’s menu, choose Settings for This Website, allow the camera and the microphone, then try again.
permission-help-other = Allow the camera and the microphone for this page in your browser’s settings, then try again.
lobby = Lobby
lobby-wait = The host will let you in.
lobby-link = You opened the meeting without its full link. Somebody in it will let you in.
lobby-host = The meeting starts when the host arrives.
lobby-encrypted = This meeting is end-to-end encrypted, which your browser cannot join. A host is asked whether to end the encryption for everyone.
lobby-leave = Stop waiting

## After the meeting

closed-left = You left the meeting
closed-left-text = You can come back as long as it goes on.
closed-ended = The meeting has ended
closed-ended-text = The host ended it for everyone.
closed-removed = You are no longer in the meeting
closed-removed-text = A host removed you.
closed-banned-text = A host removed you. You cannot come back to this meeting.
closed-denied = The host did not let you in
closed-denied-text = If you think this is a mistake, ask the person who invited you.
closed-locked = This meeting is locked
closed-locked-text = Nobody new can enter at the moment. Try again later, or ask the host.
closed-not-found = There is no such meeting
closed-not-found-text = It may have ended, or the link has a mistake. Ask the person who invited you for the current link.
closed-replaced = You joined from elsewhere
closed-replaced-text = Your place in the meeting moved to another window or device.
closed-full = The meeting is full
closed-full-text = Try again when somebody has left.
closed-unsupported = This browser cannot hold a meeting
closed-unsupported-text = Use current Chrome, Edge, Firefox or Safari.
closed-lost = The meeting is out of reach
rejoin = Rejoin
not-found-title = There is no such page
not-found-text = The link may have a mistake.

## In the meeting

controls = Meeting controls
people-on-stage = People
mute = Mute
unmute = Unmute
mic-off = Mute microphone
mic-on = Unmute microphone
camera-off = Turn camera off
camera-on = Turn camera on
share = Share
share-start = Share screen
share-stop = Stop sharing
share-stop-word = Stop
chat = Chat
chat-unread = { $count ->
    [one] Chat, { $count } new message
   *[other] Chat, { $count } new messages
  }
people = People
people-here = People ({ $count })
people-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
  }
people-waiting = People ({ $count } waiting)
reactions = Reactions
reaction-thumb = Thumbs up
reaction-clap = Applause
reaction-heart = Heart
reaction-laugh = Laughing
reaction-wow = Surprised
reaction-party = Celebration
hand-raise = Raise hand
hand-lower = Lower hand
hand-raise-word = Hand
hand-lower-word = Lower
hand-up = Hand raised
more = More
leave = Leave
leave-meeting = Leave the meeting
end-for-all = End for everyone
end-all-title = End the meeting for everyone?
end-all-text = { $count ->
    [0] Its link stops working.
    [one] { $count } other person leaves with you. The link stops working.
   *[other] { $count } other people leave with you. The link stops working.
  }
layout-grid = Grid layout
layout-speaker = Speaker layout
copy-invite = Copy invite link
invite = Invite
settings = Settings
devices = Devices
appearance = Appearance
theme-system = System
theme-light = Light
theme-dark = Dark
meeting-settings = Meeting settings
meeting-locked = The meeting is locked
passcode-hint = Empty for none. Newcomers type it before they enter.
lobby-switch = Lobby
lobby-hint = Newcomers wait until somebody lets them in.
lock-switch = Lock meeting
lock-hint = Nobody new can enter or knock.
takeover-switch = Hand over when the host leaves
takeover-hint = The person who has been here longest becomes host.
takeover-host-only = Only the host can change this.
rules-title = End-to-end encryption
rules-text = These rules are signed by a host, and every device holds to them. The server cannot change them.
rules-host-only = Only a host can change these rules.
rules-required = Encryption cannot be turned off
rules-required-hint = For this meeting, by nobody, hosts included.
rules-required-off = Turn on end-to-end encryption first.
rules-required-on = This cannot be undone in this meeting.
rules-required-ask = Nobody can turn encryption off in this meeting any more, and this cannot be undone.
rules-required-confirm = Keep encryption on
rules-admit = Who lets people in
rules-admit-hosts = Hosts
rules-admit-members = Everyone in the meeting
rules-unsupported = Devices that cannot encrypt
rules-unsupported-refuse = Are turned away
rules-unsupported-offer = A host is asked whether encryption ends for everyone

## Shortcuts

shortcuts = Keyboard shortcuts
shortcuts-switch = Single keys act
shortcuts-hint = Turn this off if you use speech input.
shortcut-mic = Mute or unmute
shortcut-camera = Camera on or off
shortcut-share = Share screen
shortcut-chat = Open or close the chat
shortcut-people = Open or close the list of people
shortcut-hand = Raise or lower your hand
shortcut-help = This list
shortcut-close = Close what is open
key-escape = Esc

## Tiles

picture-of = Video of { $name }
screen-of = { $name }’s screen
is-muted = Muted
is-unmuted = Microphone on
is-sharing = Sharing a screen
is-pinned = Pinned
has-video = Camera on
no-video = Camera off
quality-poor = Poor connection
quality-fair = Fair connection
quality-good = Good connection
quality-own = { $word }, show your network
tile-disconnected = Reconnecting…
tile-paused = Paused to save bandwidth
tile-menu = Actions for { $name }
tile-menu-screen = Actions for { $name }’s screen
pin = Pin
unpin = Unpin
stage-pages = Pages of people
page-previous = Previous page
page-next = Next page
page-of = { $page } of { $pages }
alone-title = You are the only one here
alone-text = Send the link to those you want to meet, or tell them the meeting ID { $number }.

## Network

network = Your network
network-measuring = Your network is being measured.
network-good = Your network: good.
network-fair = Your network is fair because { $why }.
network-poor = Your network is poor because { $why }.
why-loss-down = { $share } of what others send to you gets lost
why-loss-up = { $share } of what you send gets lost
why-round-trip = the way to the server and back takes { $time }
why-jitter = what others send comes unevenly, by { $time }
why-narrow-down = it carries too little for the others’ pictures at their full size
why-narrow-held = it carries too little for all pictures, so that some are held back
why-narrow-up = it carries too little for your own picture at its full size
why-nothing-down = nothing comes from the server
why-nothing-up = nothing that you send reaches the server
why-interrupted = the connection is broken, and another way is being looked for
network-by-tcp = Your network blocks direct media (UDP): sound and pictures go by TCP, with more delay.
network-by-relay = Your network blocks direct media: sound and pictures go by the server’s relay, with more delay.
network-busy = Your device is busy with pictures. Closing other programs or turning your camera off helps.
network-of-others = Some of what others send gets lost on their way, not on yours.
network-uneven = The sound comes unevenly, which may be the other’s network or yours.
network-copy = Copy for support
network-copied = The figures are copied, without names and addresses.
network-not-copied = Your browser does not let this page copy.
peer-loss-up = What they send gets lost
peer-loss-down = What is sent to them gets lost
peer-narrow = Their network is narrow
peer-round-trip = Long delay
peer-silent = Nothing comes from them
figures-connection = Connection
figures-sent = You send
figures-received = You receive
figures-hint = Measured by your browser in the last ten seconds.
figure-unknown = unknown
figure-way = Way
way-udp = UDP, direct
way-tcp = TCP
way-relay = Relay
figure-round-trip = Round trip
figure-loss-down = Missing of what others sent
figure-loss-up = Lost of what you sent
figure-jitter = Jitter of the sound
figure-concealed = Sound made up for what was lost
figure-rate-in = Comes in
figure-rate-out = Goes out
figure-room-out = Your browser’s estimate of the way out
figure-sound = Codec of the sound
figure-fps = { $count } fps
figure-freezes = { $count ->
    [0] no freezes
    [one] { $count } freeze
   *[other] { $count } freezes
  }
figure-person = Person { $count }
kind-mic = Microphone
kind-camera = Camera
kind-screen = Screen
kind-screen-audio = Sound of the screen
limit-bandwidth = held back by the network
limit-cpu = held back by the processor
limit-other = held back

## People

person-menu = Actions for { $name }, list
role-host = Host
role-cohost = Co-host
role-guest = Guest
waiting-count = { $count ->
    [one] { $count } person waits in the lobby
   *[other] { $count } people wait in the lobby
  }
admit = Admit
admit-all = Admit all
admit-name = Admit { $name }
deny = Deny
deny-name = Deny { $name }
mute-all = Mute all
action-chat = Private message
action-rename = Change your name
action-mute = Mute
action-ask-unmute = Ask to unmute
action-stop-video = Stop video
action-stop-screen = Stop screen share
action-lower-hand = Lower hand
action-spotlight = Spotlight for everyone
action-unspotlight = End spotlight
action-cohost = Make co-host
action-uncohost = No longer co-host
action-transfer = Make host
action-remove = Remove…
remove = Remove
remove-name = Remove { $name }
remove-title = Remove { $name }?
remove-text = They leave the meeting at once.
remove-ban = Do not let them come back
remove-ban-hint = Until this meeting ends.
remove-ban-link = Until this meeting ends. The meeting’s link changes, and older links reach only the lobby.
transfer = Make host
transfer-title = Make { $name } the host?
transfer-text = { $name } decides from then on. You stay as co-host.

## Chat

chat-log = Messages
chat-empty = Nothing has been written yet.
chat-to = To
chat-everyone = Everyone
chat-message = Message
chat-placeholder = Message to everyone
chat-placeholder-private = Private message
chat-send = Send
chat-private = private, to you
chat-private-to = private, to { $name }
chat-reply = Reply privately
chat-too-long = A message has at most { $count } characters.
chat-sealed = End-to-end encrypted
chat-sealed-tip = End-to-end encrypted. The server cannot read this, also after encryption is turned off.
chat-turn-on = { $name } turned on end-to-end encryption. Only the people in the meeting can read what follows.
chat-turn-on-own = You turned on end-to-end encryption. Only the people in the meeting can read what follows.
chat-turn-on-already = This chat is end-to-end encrypted. Only the people in the meeting can read what follows.
chat-turn-off = { $name } turned off end-to-end encryption. The server can read what follows.
chat-turn-off-own = You turned off end-to-end encryption. The server can read what follows.
chat-turn-off-already = End-to-end encryption is off. The server can read what follows.
files-choose = Attach files
files-drop = Drop files here to share them in the chat
files-staged = Files to send
files-staged-said = { $count ->
    [one] One file is ready to be sent.
   *[other] { $count } files are ready to be sent.
}
files-sending = Files on their way
file-unstage = Do not send { $name }
file-forget = Remove
file-too-large = { $size } is too large. A file has at most { $most }.
file-size-private = { $size }, private, to { $name }
file-sending = Sending { $name }
file-stop = Stop { $name }
file-retry = Try to send { $name } again
file-fetch = Download { $name }
file-fetch-tip = Download
file-fetching = Downloading { $name }
file-saved = { $name } has come.

## What happens

say-joined = { $name } joined.
say-left = { $name } left.
say-removed = { $name } was removed.
say-lost = { $name } lost the connection.
say-reaction = { $name } reacted with { $emoji }.
say-hand = { $name } raised a hand.
say-screen-started = { $name } shares a screen.
say-screen-stopped = { $name } stopped sharing.
say-settings = The meeting’s settings changed.
notice-knock = { $name } waits in the lobby.
notice-muted = { $name } muted you.
notice-camera-stopped = { $name } stopped your video.
notice-screen-stopped = { $name } stopped your screen share.
notice-asked = { $name } asks you to unmute.
notice-cohost = You are a co-host now.
notice-not-cohost = You are no longer a co-host.
notice-host = { $name } is the host now.
notice-host-you = You are the host now.
notice-back = You are connected again.
notice-chat = { $name }: { $text }
notice-file = { $name } sent a file: { $text }
notice-file-private = { $name } sent you a file privately: { $text }
notice-chat-private = { $name }, privately: { $text }
device-mic = The microphone is now { $label }.
device-camera = The camera is now { $label }.
device-speaker = The speaker is now { $label }.
device-gone = A device was disconnected.
capture-mic-denied = The browser does not let this page use the microphone.
capture-mic-missing = No microphone was found.
capture-mic-busy = The microphone does not start. Another program may be using it.
capture-camera-denied = The browser does not let this page use the camera.
capture-camera-missing = No camera was found.
capture-camera-busy = The camera does not start. Another program may be using it.
capture-screen-denied = The browser does not let this page share the screen.
capture-screen-failed = The screen cannot be shared at the moment.
capture-insecure = Cameras and microphones need an https address.
capture-unsupported = This browser cannot do that.
banner-reconnecting = The connection is lost. Reconnecting; your place is kept for a minute.
banner-media-interrupted = Sound and video are interrupted. Reconnecting…
banner-media-failed = Sound and video cannot get through. A firewall may block UDP. Trying again…
banner-audio-blocked = The browser holds the sound back until you allow it.
banner-muted = You are muted, and you seem to be speaking.
banner-sharing = You are sharing your screen.
play-sound = Play sound

## The shield

shield-button = Encryption: { $word }
shield-say = The shield says: { $word }.
shield-word-check = Encrypted
shield-word-exclamation = Partially encrypted
shield-word-changing = Switching…
shield-word-lock = End-to-end encrypted
shield-word-doubt = Cannot confirm
shield-connection = Your connection to this server is encrypted on its way. In a meeting the shield covers everyone there.
shield-check = Every connection is encrypted on its way. The meeting server can process the content.
shield-exclamation = { $count ->
    [one] { $count } connection is weaker than the rest. See Exceptions.
   *[other] { $count } connections are weaker than the rest. See Exceptions.
  }
shield-doubt-offline = There is no connection to the server, so nothing can be confirmed. Wait until you are connected again.
shield-doubt-transforms = The part that handles encrypted media stopped on this device. Leave and join again.
shield-doubt-mismatch = The server reports { $reported }, but this device uses { $own }. Leave, and tell your administrator.
shield-doubt-missing = { $named ->
    [yes] The server has not said how { $name } is connected. Wait a moment; if it stays so, ask { $name } to join again.
   *[no] The server has not said how you are connected. Wait a moment; if it stays so, leave and join again.
  }
shield-lock = Only the people listed here can hear, see and read this. The server cannot.
shield-changing-on = End-to-end encryption is being turned on. { $waits ->
    [named] Waiting for: { $names }.
    [more] Waiting for: { $names } and { $more } more.
   *[nobody] This takes a moment.
  }
shield-changing-off = End-to-end encryption is being turned off. This takes a moment.
shield-changing-joining = This device is joining the meeting’s end-to-end encryption. Nothing is sent until it has.
shield-exclamation-unverified = { $count ->
    [one] { $count } person joined without the link and is not verified yet. See Exceptions.
   *[other] { $count } people joined without the link and are not verified yet. See Exceptions.
  }
shield-exclamation-device = { $count ->
    [one] { $count } person is here with a device that this one does not know by that name. See Exceptions.
   *[other] { $count } people are here with devices that this one does not know by those names. See Exceptions.
  }
shield-exclamation-self = You joined without the link, so this device cannot tell by itself that these are the right people. Compare the security code with a host.
shield-doubt-worker = The part that holds the keys of the end-to-end encryption stopped on this device. Leave and join again.
shield-doubt-refused = This device did not accept a change to the meeting’s encryption, because it broke the rules. Compare the security code; if this stays so, leave and join again.
shield-doubt-closed = This device is out of the meeting’s encryption, so nothing is sent. Leave and join again.
shield-doubt-unanswered = Nobody has confirmed this meeting’s encryption to your device yet, so nothing is sent. Wait a moment; if it stays so, leave and join again.
shield-doubt-outside = This device does not get into the meeting’s encryption, so nothing is sent. Wait a moment; if it stays so, leave and join again.
shield-doubt-silent = { $named ->
    [yes] { $name } has not confirmed for { $seconds } s. Wait a moment; if it stays so, compare the security code with { $name }.
   *[no] Somebody has not confirmed for { $seconds } s. Wait a moment; if it stays so, compare the security code.
  }
shield-doubt-disagree = { $named ->
    [yes] { $name }’s device sees another meeting than yours. Compare the security code with { $name }.
   *[no] Devices in this meeting do not agree on who takes part. Compare the security code.
  }
shield-doubt-cut-off = Most people have not confirmed for a minute, so this device stopped sending. Check your network; it goes on when they answer.
shield-doubt-group = This device cannot tell how the meeting’s encryption stands. Leave and join again.
shield-each = Encryption of each participant
shield-details = Details of your connection
shield-this-connection = This connection
shield-learn = Learn more
shield-learn-transit = Encrypted on its way means: sound, video and chat travel encrypted between each device and the meeting server, so that nobody in between can read or change them.
shield-learn-server = The server decrypts what it receives in order to pass it on. Whoever runs the server could listen.
shield-learn-group = End-to-end encrypted means: the keys are only on the devices of the people listed here. The server passes on what it cannot read. Each person in the list had the meeting’s link, or a host compared digits with them.
shield-learn-limits = The server still sees who takes part, when, and how much is sent. This page came from the server as well: a false one could pass the keys on.
shield-learn-checked = “Checked by this device” are facts that your browser saw itself. “Reported by the server” are facts that only the server can know; the browser cannot verify them.
exceptions = Exceptions
since = since { $time }
suite-none = The server names no suite.
grade-strong = Encrypted
grade-weaker = Weaker encryption
grade-unknown = Unknown encryption
grade-pending = Not known yet
grade-last = Last reported: { $grade }
grade-unverified = Joined without the link, not verified
grade-new-key = Another device than this one remembers
grade-confusable = The name looks like another one that this device remembers
grade-outside = Not end-to-end encrypted, gets no keys
part-signalling = Control connection
part-identity = Identity
part-group = Place in the group
part-dtls = Key exchange of sound and video
part-srtp = Sound and video
kind-web = Browser
kind-sdk = Program
kind-leaf = Not announced by the server
column-name = Name
column-encryption = Encryption
column-group = End-to-end
column-verified = Verified
column-media = Sound and video
column-signalling = Control connection
column-source = Who says so
media-none = Not connected
source-self = Checked by this device
source-server = Reported by the server
source-unconfirmed = Not confirmed
fact-signalling-version = Version of the control connection
fact-signalling-suite = Cipher of the control connection
fact-media-dtls = Version of the media key exchange
fact-media-suite = Cipher of the media key exchange
fact-media-srtp = Cipher of sound and video
fact-group-suite = Cipher of the end-to-end encryption
fact-group-epoch = Number of the current keys
fact-group-host = A host from the link has answered
fact-group-speech = Who finds out who is speaking
fact-group-speech-who = This device, by itself. The server is told only while more than { $most } people are unmuted.
fact-yes = Yes
fact-no = Not yet
fact-transforms = Encryption stage for sound and video on this device
transforms-ok = Running
transforms-starting = Starting
transforms-dead = Stopped

## End-to-end encryption

enc-start = Start end-to-end encrypted
enc-start-hint = Only the people in the meeting can hear, see and read it. The server cannot.
enc-keep = Keep it on
enc-keep-hint = Nobody can turn it off in this meeting, hosts included.
enc-turn-on = Turn on end-to-end encryption
enc-turn-off = Turn off end-to-end encryption
enc-why-host = Only a host can turn it on or off.
enc-why-plan = Your plan can join end-to-end encrypted meetings, but not start them. Ask your administrator.
enc-why-admin = Locked by your account administrator.
enc-why-group = Locked by group { $name }.
enc-why-required = Encryption cannot be turned off in this meeting.
enc-why-busy = It is being switched at the moment.
enc-why-outside = This device has not joined the encryption yet.
enc-on-title = Turn on end-to-end encryption?
enc-on-text = Only the people in the meeting can then hear, see and read it. The server cannot.
enc-on-looking = Looking at what would stop…
enc-on-stops = These stop until you turn it off:
enc-on-nothing = Nothing has to stop. Everyone here can take part.
enc-on-later = While it is on, the server can take no phone calls, recordings, live streams or captions. They work again when you turn it off.
enc-on = Turn on
enc-off-title = Turn off end-to-end encryption?
enc-off-text = The server can process the meeting from then on. Everyone sees that you turned it off.
enc-off = Turn off
stop-phone = { $count ->
    [one] { $count } phone caller leaves
   *[other] { $count } phone callers leave
  }
stop-room = { $count ->
    [one] { $count } room system leaves
   *[other] { $count } room systems leave
  }
stop-client = { $count ->
    [one] { $count } person leaves, whose device cannot take part
   *[other] { $count } people leave, whose devices cannot take part
  }
stop-stream = { $count ->
    [one] The live stream ends
   *[other] { $count } live streams end
  }
stop-recording = The recording ends and is saved
stop-captions = Captions and the transcript by the server end
stop-other = { $name } ends
stop-named = { $what }: { $names }
stop-named-more = { $what }: { $names }, …
enc-offer-title = End encryption for everyone?
enc-offer-text = { $name } wants to join from a device that does not support end-to-end encryption.
enc-offer-means = If you end it, the server can process the meeting from then on. Everyone is told why.
enc-offer-wait = { $seconds ->
    [one] Without your answer { $name } is turned away in { $seconds } second.
   *[other] Without your answer { $name } is turned away in { $seconds } seconds.
  }
enc-offer-end = End encryption for everyone
enc-offer-keep = Keep encryption
enc-said-on = { $name } turned on end-to-end encryption.
enc-said-on-own = You turned on end-to-end encryption.
enc-said-off = { $name } turned off end-to-end encryption. The server can process the meeting from now on.
enc-said-off-own = You turned off end-to-end encryption. The server can process the meeting from now on.
enc-said-ended = End-to-end encryption ended because { $name } joined from a device that does not support it.
enc-said-refused = { $name } could not join: the device does not support end-to-end encryption.
enc-said-left = { $name } had to leave: the device does not support end-to-end encryption.
enc-said-link = { $name } changed the meeting’s link. Older links reach only the lobby.
enc-said-link-own = The meeting’s link has changed. Older links reach only the lobby.
enc-said-key = { $name } is here with another device than before. Verify that it is { $name }.
enc-said-like = Somebody named { $name } is here. The name looks like { $like }, whom this device knows; it is another device.
enc-said-unverified = { $name } joined without the link and is not verified.
enc-said-confirmed = { $by } verified { $name }.
enc-banner-entering = Joining the meeting’s encryption. Nothing is sent until then.
enc-banner-proving = Waiting for somebody to confirm the meeting’s encryption. Nothing is sent until then.
enc-banner-stopped = Most people have not confirmed for a minute, so this device stopped sending. It goes on when they answer.
enc-banner-refused = This device is out of the meeting’s encryption, so nothing is sent. Leave and join again.
enc-banner-self = You joined without the link. A host can verify you: compare these digits by phone.
enc-banner-dismiss = Dismiss this line
link-copied-secret = The link is copied. It carries the meeting’s secret, so send it only to those you invite.
host-link = Host link for my other devices
host-link-title = Host link for your other devices
host-link-text = Open this link on another device where you are signed in, and that device is a host of this meeting’s encryption too.
host-link-warning = Never send it to anybody. Whoever has it can let people in, remove people and turn encryption off, and nobody can take that away again. To invite somebody, copy the invite link instead.
host-link-copy = Copy host link
host-link-copied = The host link is copied. Open it on your own devices only.
host-link-shown = Host link
host-link-none = This device does not have the host link.
link-copied-plain = The link is copied, without the meeting’s secret, which this device does not have. Whoever opens it waits until somebody lets them in.
alone-number = Who has only the ID waits until you let them in.
waiting-digits = Without the link. Compare by phone: { $digits }
waiting-old-link = With an old link. Compare by phone: { $digits }
lobby-digits = Compare by phone
lobby-digits-text = You opened the meeting without its full link. Whoever lets you in sees these digits too, and may ask you for them on the phone.
digits-say = Digits: { $digits }
person-outside = Not end-to-end encrypted
person-unverified = Not verified
person-marked = Verified by you
person-marked-as = Verified by you as { $name }
person-new-key = Another device than before
person-like = Looks like { $like }, another device
people-silent = { $count ->
    [one] { $count } person does not answer
   *[other] { $count } people do not answer
  }
people-silent-hint = They have the keys, but their devices have not confirmed.
people-unannounced = { $count ->
    [one] { $count } person not announced by the server
   *[other] { $count } people not announced by the server
  }
people-unannounced-hint = They are in the meeting’s encryption and have the keys.
action-verify = Verify…
verify = Verify
verify-name = Verify { $name }
verify-call = { $name } joined without the link. Call { $name } on a number that you know, and compare these digits with those on the other screen.
verify-call-code = { $name } joined without the link. Call { $name } on a number that you know, and compare the security code.
verify-confirm = The digits are the same
verify-host-only = A host confirms people who joined without the link.
verify-confirmed = A host compared digits with { $name }.
verify-by-link = { $name } joined with the meeting’s link.
verify-outside = { $name } is not in the meeting’s encryption and gets no keys.
verify-compare = To be sure that it is { $name }, compare the security code: it is the same on both screens.
verify-mark = I have verified { $name }
verify-mark-hint = This device remembers it, and tells you when { $name } comes with another device.
verify-device = Key of the device
verify-newer = Show the present code
verify-accept = Remember this device
verify-accept-hint = This device then no longer warns. Do it when you recognise { $name } by voice or face.
verify-forget = Forget this device
known-title = Devices that this one remembers
known-text = Names and device keys of people you met, kept in this browser only. You are told when a name comes with another device.
known-none = None yet.
known-verified = Verified by you
known-forget = Forget
known-forget-name = Forget { $name }
known-forget-all = Forget all
verified-link = Had the link
verified-host = Confirmed by a host
verified-none = Not verified
code-title = Security code
code-text = It is the same for everyone in the meeting. If it differs for somebody, somebody else may be listening.
code-copy = Copy
code-copied = The security code is copied.
code-compare = Compare
code-stop = Stop comparing
code-same = It is the same
code-differs = It differs
code-frozen = The code stays as it is while you compare. It belongs to keys number { $epoch }.
code-same-done = You found the code to be the same.
code-differs-done = Somebody may have joined or left meanwhile: look at the earlier codes, or compare once more. If it still differs, do not say anything confidential, leave, and meet in another way.
code-earlier = Earlier codes
code-earlier-text = For people whose screens are a moment behind. Keys number { $epoch }:
code-how = How to compare
code-how-aloud = One person reads the digits aloud, or names the pictures. Everyone else looks whether their screen shows the same.
code-how-voice = Do it where you recognise each other by voice or face, or on the phone.
code-how-change = The code changes when somebody joins or leaves. Select Compare first; then it stays.
member-in = End-to-end encrypted
member-switching = Switching…
member-ready = Ready
member-silent = Not answering
member-unverified = Not verified
member-unannounced = Not announced by the server
member-outside = Not end-to-end encrypted
outlook-starts = The meeting starts like this. If a host has turned it off meanwhile, the shield says so.
outlook-on = Only the people in the meeting can hear, see and read it. The server cannot.
outlook-on-without = You opened this meeting without its full link. Somebody lets you in and compares digits with you by phone.
outlook-off = The connection to the meeting is encrypted on its way. A host can turn on end-to-end encryption.
outlook-off-without = The connection to the meeting is encrypted on its way. You opened it without its full link, so somebody lets you in.
outlook-forged = What the server says of this meeting does not fit your link. Ask the person who invited you before you join.
outlook-unsupported = Your browser cannot join an end-to-end encrypted meeting. Use current Chrome, Edge, Firefox or Safari.
closed-encrypted = This browser cannot join

## Problems

problem-invalid = The server did not understand that.
problem-unauthenticated = Please sign in first.
problem-forbidden = You are not allowed to do that.
problem-not-found = That does not exist any more.
problem-conflict = That is not possible at the moment.
problem-too-large = That is too long.
problem-rate-limited = Too many tries in a short time. Wait a moment.
problem-unavailable = The server is not available at the moment. Try again soon.
problem-internal = Something failed on the server. Try again.
problem-version = This page and the server do not fit together. Reload the page.
problem-not-allowed = The rules of this meeting do not allow that.
problem-code-old = This code is more than two minutes old. Stop comparing, and compare the present one.
problem-passcode-wrong = That is not the passcode.
problem-locked = The meeting is locked.
problem-banned = You cannot come back to this meeting.
problem-denied = The host did not let you in.
problem-removed = A host removed you.
problem-ended = The meeting has ended.
problem-not-started = The meeting has not started yet.
problem-replaced = You joined from another window or device.
problem-full = The meeting is full.
problem-timeout = The server did not answer in time. Try again.
problem-offline = There is no connection to the server. Check your network and try again.
problem-unsupported = This browser lacks what a meeting needs. Use current Chrome, Edge, Firefox or Safari.
problem-unanswered = This cannot be sent yet: nobody else is in the meeting, or nobody has answered.
problem-encrypted-required = Your browser cannot join an end-to-end encrypted meeting. Use current Chrome, Edge, Firefox or Safari.
problem-encrypted = That is not possible while the meeting is end-to-end encrypted.
problem-file-too-large = This file is too large. A file has at most 100 MB.
problem-file-changed = This file was changed on its way or on the server. It was not saved.
problem-file-gone = This file is no longer there. Ask for it again.
problem-file-offer = This file cannot be fetched: what was said about it cannot be right.
problem-file-unreadable = This file cannot be read. It may have been changed or removed since you chose it.
problem-file-room = There is not enough room on this device to send this file.
problem-file-stopped = Stopped.
