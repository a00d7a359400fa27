// <photo-capture> around a file input: a picture from the camera of this computer becomes the chosen file.
class PhotoCapture extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.start = this.querySelector("[data-start]");
    this.take = this.querySelector("[data-take]");
    this.status = this.querySelector("[role=status]");
    if (!navigator.mediaDevices?.getUserMedia) return;
    this.querySelector("[data-camera]").hidden = false;
    this.start.addEventListener("click", () => this.open());
    this.take.addEventListener("click", () => this.shoot());
  }

  disconnectedCallback() {
    this.close();
  }

  async open() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 640 } });
    } catch {
      this.status.textContent = this.dataset.failed;
      return;
    }
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = this.stream;
    this.show(this.video);
    await this.video.play();
    this.take.hidden = false;
    this.take.focus();
  }

  shoot() {
    const side = Math.min(this.video.videoWidth, this.video.videoHeight);
    const canvas = document.createElement("canvas");
    canvas.width = side;
    canvas.height = side;
    const left = (this.video.videoWidth - side) / 2;
    const top = (this.video.videoHeight - side) / 2;
    canvas.getContext("2d").drawImage(this.video, left, top, side, side, 0, 0, side, side);
    canvas.toBlob((blob) => this.choose(blob), "image/jpeg", 0.9);
    this.close();
  }

  choose(blob) {
    const files = new DataTransfer();
    files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
    this.input.files = files.files;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.input.focus();
  }

  show(element) {
    this.querySelector("video")?.remove();
    this.prepend(element);
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video?.remove();
    this.take.hidden = true;
  }
}

customElements.define("photo-capture", PhotoCapture);
