/** A moving picture that looks a little like a person in a room. */
export function personPicture(seed: number, width = 640, height = 360): MediaStream {
  return paint(width, height, (g, tick) => {
    const hue = (seed * 67) % 360;
    const back = g.createLinearGradient(0, 0, width, height);
    back.addColorStop(0, `hsl(${hue} 28% 62%)`);
    back.addColorStop(1, `hsl(${(hue + 40) % 360} 30% 38%)`);
    g.fillStyle = back;
    g.fillRect(0, 0, width, height);
    const sway = Math.sin(tick / 9 + seed) * 6;
    g.fillStyle = `hsl(${(hue + 190) % 360} 30% 30%)`;
    g.beginPath();
    g.ellipse(width / 2 + sway / 2, height * 1.08, width * 0.24, height * 0.42, 0, 0, Math.PI * 2);
    g.fill();
    g.fillStyle = `hsl(${20 + (seed * 7) % 18} ${35 + (seed * 11) % 20}% ${45 + (seed * 13) % 30}%)`;
    g.beginPath();
    g.ellipse(width / 2 + sway, height * 0.43, height * 0.17, height * 0.22, 0, 0, Math.PI * 2);
    g.fill();
    g.fillStyle = `hsl(${(seed * 31) % 60} 25% ${15 + (seed * 17) % 30}%)`;
    g.beginPath();
    g.ellipse(width / 2 + sway, height * 0.31, height * 0.185, height * 0.14, 0, Math.PI, Math.PI * 2);
    g.fill();
  });
}

/** A screen with a document on it. */
export function screenPicture(): MediaStream {
  const [width, height] = [1280, 720];
  return paint(width, height, (g, tick) => {
    g.fillStyle = '#f3f4f6';
    g.fillRect(0, 0, width, height);
    g.fillStyle = '#ffffff';
    g.fillRect(160, 60, 960, 600);
    g.fillStyle = '#24434a';
    g.font = '600 44px sans-serif';
    g.fillText('Quarterly plan', 220, 150);
    g.fillStyle = '#9aa8ad';
    for (let i = 0; i < 9; i++) g.fillRect(220, 200 + i * 46, 560 + ((i * 97) % 260), 16);
    g.fillStyle = '#0b6365';
    g.fillRect(220 + (tick % 60) * 4, 620, 60, 8);
  });
}

function paint(width: number, height: number, draw: (g: CanvasRenderingContext2D, tick: number) => void): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const g = canvas.getContext('2d');
  let tick = 0;
  if (g) {
    draw(g, tick);
    setInterval(() => draw(g, ++tick), 200);
  }
  return canvas.captureStream(5);
}
