package session

// emoji are the 256 pictures of the security code, one per value of a byte. Each
// is one code point and easily told from the others, also by its name. The list
// is part of the protocol: changing an entry changes the codes that people compare.
var emoji = [256]Emoji{
	{0x1F436, "dog"},               // 🐶
	{0x1F431, "cat"},               // 🐱
	{0x1F42D, "mouse"},             // 🐭
	{0x1F9A5, "sloth"},             // 🦥
	{0x1F430, "rabbit"},            // 🐰
	{0x1F98A, "fox"},               // 🦊
	{0x1F43B, "bear"},              // 🐻
	{0x1F43C, "panda"},             // 🐼
	{0x1F428, "koala"},             // 🐨
	{0x1F42F, "tiger"},             // 🐯
	{0x1F981, "lion"},              // 🦁
	{0x1F42E, "cow"},               // 🐮
	{0x1F437, "pig"},               // 🐷
	{0x1F438, "frog"},              // 🐸
	{0x1F435, "monkey"},            // 🐵
	{0x1F414, "chicken"},           // 🐔
	{0x1F427, "penguin"},           // 🐧
	{0x1F986, "duck"},              // 🦆
	{0x1F985, "eagle"},             // 🦅
	{0x1F989, "owl"},               // 🦉
	{0x1F987, "bat"},               // 🦇
	{0x1F95D, "kiwi fruit"},        // 🥝
	{0x1F434, "horse"},             // 🐴
	{0x1F984, "unicorn"},           // 🦄
	{0x1F41D, "bee"},               // 🐝
	{0x1F41B, "caterpillar"},       // 🐛
	{0x1F98B, "butterfly"},         // 🦋
	{0x1F40C, "snail"},             // 🐌
	{0x1F41E, "ladybird"},          // 🐞
	{0x1F41C, "ant"},               // 🐜
	{0x1F997, "cricket"},           // 🦗
	{0x1F982, "scorpion"},          // 🦂
	{0x1F422, "turtle"},            // 🐢
	{0x1F40D, "snake"},             // 🐍
	{0x1F98E, "lizard"},            // 🦎
	{0x1F419, "octopus"},           // 🐙
	{0x1F991, "squid"},             // 🦑
	{0x1F990, "shrimp"},            // 🦐
	{0x1F980, "crab"},              // 🦀
	{0x1F421, "pufferfish"},        // 🐡
	{0x1F42C, "dolphin"},           // 🐬
	{0x1F433, "whale"},             // 🐳
	{0x1F988, "shark"},             // 🦈
	{0x1F40A, "crocodile"},         // 🐊
	{0x1F993, "zebra"},             // 🦓
	{0x1F98D, "gorilla"},           // 🦍
	{0x1F418, "elephant"},          // 🐘
	{0x1F98F, "rhinoceros"},        // 🦏
	{0x1F42A, "camel"},             // 🐪
	{0x1F992, "giraffe"},           // 🦒
	{0x1F998, "kangaroo"},          // 🦘
	{0x1F411, "sheep"},             // 🐑
	{0x1F999, "llama"},             // 🦙
	{0x1F410, "goat"},              // 🐐
	{0x1F98C, "deer"},              // 🦌
	{0x1F983, "turkey"},            // 🦃
	{0x1F99A, "peacock"},           // 🦚
	{0x1F99C, "parrot"},            // 🦜
	{0x1F9A2, "swan"},              // 🦢
	{0x1F99D, "raccoon"},           // 🦝
	{0x1F9C5, "onion"},             // 🧅
	{0x1F9A6, "otter"},             // 🦦
	{0x1F994, "hedgehog"},          // 🦔
	{0x1F409, "dragon"},            // 🐉
	{0x1F335, "cactus"},            // 🌵
	{0x1F384, "Christmas tree"},    // 🎄
	{0x1F334, "palm tree"},         // 🌴
	{0x1F340, "clover"},            // 🍀
	{0x1F344, "mushroom"},          // 🍄
	{0x1F339, "rose"},              // 🌹
	{0x1F33B, "sunflower"},         // 🌻
	{0x1F337, "tulip"},             // 🌷
	{0x1F30D, "globe"},             // 🌍
	{0x1F319, "moon"},              // 🌙
	{0x2B50, "star"},               // ⭐
	{0x26A1, "lightning"},          // ⚡
	{0x1F525, "fire"},              // 🔥
	{0x1F308, "rainbow"},           // 🌈
	{0x26C4, "snowman"},            // ⛄
	{0x1F30A, "wave"},              // 🌊
	{0x1F34F, "apple"},             // 🍏
	{0x1F350, "pear"},              // 🍐
	{0x1F34A, "orange"},            // 🍊
	{0x1F34B, "lemon"},             // 🍋
	{0x1F34C, "banana"},            // 🍌
	{0x1F349, "watermelon"},        // 🍉
	{0x1F347, "grapes"},            // 🍇
	{0x1F353, "strawberry"},        // 🍓
	{0x1F352, "cherries"},          // 🍒
	{0x1F34D, "pineapple"},         // 🍍
	{0x1F965, "coconut"},           // 🥥
	{0x1F951, "avocado"},           // 🥑
	{0x1F346, "aubergine"},         // 🍆
	{0x1F966, "broccoli"},          // 🥦
	{0x1F33D, "corn"},              // 🌽
	{0x1F955, "carrot"},            // 🥕
	{0x1F9C4, "garlic"},            // 🧄
	{0x1F950, "croissant"},         // 🥐
	{0x1F968, "pretzel"},           // 🥨
	{0x1F9C0, "cheese"},            // 🧀
	{0x1F95A, "egg"},               // 🥚
	{0x1F953, "bacon"},             // 🥓
	{0x1F354, "hamburger"},         // 🍔
	{0x1F35F, "chips"},             // 🍟
	{0x1F355, "pizza"},             // 🍕
	{0x1F32D, "hot dog"},           // 🌭
	{0x1F96A, "sandwich"},          // 🥪
	{0x1F32E, "taco"},              // 🌮
	{0x1F37F, "popcorn"},           // 🍿
	{0x1F369, "doughnut"},          // 🍩
	{0x1F36A, "biscuit"},           // 🍪
	{0x1F382, "cake"},              // 🎂
	{0x1F36B, "chocolate"},         // 🍫
	{0x1F36D, "lollipop"},          // 🍭
	{0x1F36F, "honey"},             // 🍯
	{0x1F37C, "baby bottle"},       // 🍼
	{0x2615, "coffee"},             // ☕
	{0x1F377, "wine"},              // 🍷
	{0x1F37A, "beer"},              // 🍺
	{0x1F944, "spoon"},             // 🥄
	{0x1F52A, "knife"},             // 🔪
	{0x1F9C2, "salt"},              // 🧂
	{0x1F363, "sushi"},             // 🍣
	{0x1F366, "ice cream"},         // 🍦
	{0x1F9CA, "ice"},               // 🧊
	{0x1F95C, "peanuts"},           // 🥜
	{0x1F330, "chestnut"},          // 🌰
	{0x1F952, "cucumber"},          // 🥒
	{0x26BD, "football"},           // ⚽
	{0x1F3C0, "basketball"},        // 🏀
	{0x1F3BE, "tennis ball"},       // 🎾
	{0x1F3B1, "billiard ball"},     // 🎱
	{0x1F3D3, "table tennis"},      // 🏓
	{0x1F94A, "boxing glove"},      // 🥊
	{0x1F6F9, "skateboard"},        // 🛹
	{0x1F3BF, "skis"},              // 🎿
	{0x1F3C6, "trophy"},            // 🏆
	{0x1F947, "gold medal"},        // 🥇
	{0x1F3AA, "circus tent"},       // 🎪
	{0x1F3AD, "theatre masks"},     // 🎭
	{0x1F3A8, "palette"},           // 🎨
	{0x1F3AC, "clapperboard"},      // 🎬
	{0x1F3A4, "microphone"},        // 🎤
	{0x1F3A7, "headphones"},        // 🎧
	{0x1F3B9, "piano"},             // 🎹
	{0x1F941, "drum"},              // 🥁
	{0x1F3B7, "saxophone"},         // 🎷
	{0x1F3BA, "trumpet"},           // 🎺
	{0x1F3B8, "guitar"},            // 🎸
	{0x1F3BB, "violin"},            // 🎻
	{0x1F3B2, "die"},               // 🎲
	{0x1F3AF, "dartboard"},         // 🎯
	{0x1F3B3, "bowling"},           // 🎳
	{0x1F3B0, "slot machine"},      // 🎰
	{0x1F9E9, "puzzle piece"},      // 🧩
	{0x1FA81, "kite"},              // 🪁
	{0x1FA80, "yo-yo"},             // 🪀
	{0x1F9F8, "teddy bear"},        // 🧸
	{0x1F388, "balloon"},           // 🎈
	{0x1F381, "gift"},              // 🎁
	{0x1F697, "car"},               // 🚗
	{0x1F68C, "bus"},               // 🚌
	{0x1F69C, "tractor"},           // 🚜
	{0x1F6B2, "bicycle"},           // 🚲
	{0x1F6F5, "scooter"},           // 🛵
	{0x1F682, "locomotive"},        // 🚂
	{0x1F680, "rocket"},            // 🚀
	{0x1F681, "helicopter"},        // 🚁
	{0x26F5, "sailing boat"},       // ⛵
	{0x1F6A2, "ship"},              // 🚢
	{0x2693, "anchor"},             // ⚓
	{0x1F6A6, "traffic light"},     // 🚦
	{0x1F5FD, "Statue of Liberty"}, // 🗽
	{0x1F5FC, "tower"},             // 🗼
	{0x1F3F0, "castle"},            // 🏰
	{0x1F3A1, "Ferris wheel"},      // 🎡
	{0x1F3A2, "roller coaster"},    // 🎢
	{0x26F2, "fountain"},           // ⛲
	{0x1F30B, "volcano"},           // 🌋
	{0x26FA, "tent"},               // ⛺
	{0x1F3E0, "house"},             // 🏠
	{0x1F3ED, "factory"},           // 🏭
	{0x26EA, "church"},             // ⛪
	{0x1F6F6, "canoe"},             // 🛶
	{0x1F6F8, "flying saucer"},     // 🛸
	{0x1FA82, "parachute"},         // 🪂
	{0x1F692, "fire engine"},       // 🚒
	{0x1F691, "ambulance"},         // 🚑
	{0x1F309, "bridge"},            // 🌉
	{0x1F5FF, "stone head"},        // 🗿
	{0x1F9ED, "compass"},           // 🧭
	{0x1F5FB, "mountain"},          // 🗻
	{0x231A, "watch"},              // ⌚
	{0x1F4F1, "telephone"},         // 📱
	{0x1F4BB, "laptop"},            // 💻
	{0x1F4F7, "camera"},            // 📷
	{0x1F4FA, "television"},        // 📺
	{0x1F4FB, "radio"},             // 📻
	{0x23F0, "alarm clock"},        // ⏰
	{0x23F3, "hourglass"},          // ⏳
	{0x1F50B, "battery"},           // 🔋
	{0x1F50C, "plug"},              // 🔌
	{0x1F4A1, "light bulb"},        // 💡
	{0x1F526, "torch"},             // 🔦
	{0x1F9EF, "fire extinguisher"}, // 🧯
	{0x1F6D2, "shopping trolley"},  // 🛒
	{0x1F4B0, "money bag"},         // 💰
	{0x1F48E, "gem"},               // 💎
	{0x1F527, "spanner"},           // 🔧
	{0x1F528, "hammer"},            // 🔨
	{0x1FA93, "axe"},               // 🪓
	{0x1F529, "screw"},             // 🔩
	{0x1F9F2, "magnet"},            // 🧲
	{0x1F4A3, "bomb"},              // 💣
	{0x1F9F1, "bricks"},            // 🧱
	{0x1F3FA, "vase"},              // 🏺
	{0x1F52E, "crystal ball"},      // 🔮
	{0x1F52D, "telescope"},         // 🔭
	{0x1F52C, "microscope"},        // 🔬
	{0x1F48A, "pill"},              // 💊
	{0x1F489, "syringe"},           // 💉
	{0x1F9EC, "DNA"},               // 🧬
	{0x1F9EA, "test tube"},         // 🧪
	{0x1F9F9, "broom"},             // 🧹
	{0x1F9FA, "basket"},            // 🧺
	{0x1F9FB, "toilet roll"},       // 🧻
	{0x1F6BD, "toilet"},            // 🚽
	{0x1F6C1, "bath"},              // 🛁
	{0x1F9FC, "soap"},              // 🧼
	{0x1FA92, "razor"},             // 🪒
	{0x1F511, "key"},               // 🔑
	{0x1F6AA, "door"},              // 🚪
	{0x1FA91, "chair"},             // 🪑
	{0x1F9F5, "thread"},            // 🧵
	{0x1F9FD, "sponge"},            // 🧽
	{0x1F514, "bell"},              // 🔔
	{0x1F4CC, "drawing pin"},       // 📌
	{0x1F4CE, "paper clip"},        // 📎
	{0x1F4CF, "ruler"},             // 📏
	{0x1F4DA, "books"},             // 📚
	{0x1F451, "crown"},             // 👑
	{0x1F3A9, "top hat"},           // 🎩
	{0x1F453, "glasses"},           // 👓
	{0x1F9E6, "socks"},             // 🧦
	{0x1F9E4, "gloves"},            // 🧤
	{0x1F9E3, "scarf"},             // 🧣
	{0x1F457, "dress"},             // 👗
	{0x1F45E, "shoe"},              // 👞
	{0x1F460, "high heel"},         // 👠
	{0x1F48D, "ring"},              // 💍
	{0x1F392, "rucksack"},          // 🎒
	{0x2614, "umbrella"},           // ☔
	{0x1F47B, "ghost"},             // 👻
	{0x1F47D, "alien"},             // 👽
	{0x1F916, "robot"},             // 🤖
	{0x1F480, "skull"},             // 💀
}
