// Passkeys between the server's JSON and the browser. https://www.w3.org/TR/webauthn-3/

const toBytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const toText = (bytes) => {
  const letters = Array.from(new Uint8Array(bytes), (each) => String.fromCharCode(each)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const named = (list) => (list ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

/** A text of the page, in its language; `{name}` in it is replaced. */
export function text(key, values = {}) {
  const found = document.getElementById("words")?.dataset[key] ?? "";
  return found.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
}

/** Whether this browser can do it at this address. */
export const possible = () => Boolean(window.PublicKeyCredential && window.isSecureContext);

/** What to ask the browser for, from the server. */
export async function options(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
  const found = await response.json();
  if (!response.ok || !found.publicKey) throw new Error(found.error ?? text("unexpected"));
  return found.publicKey;
}

/** Ask for a passkey that is there; answers JSON for the server. */
export async function get(asked) {
  const credential = await navigator.credentials.get({
    publicKey: { ...asked, challenge: toBytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = credential.response;
  return answer(credential, {
    authenticatorData: toText(authenticatorData),
    clientDataJSON: toText(clientDataJSON),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

/** Make a new passkey; answers JSON for the server. */
export async function create(asked) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: toBytes(asked.challenge),
      user: { ...asked.user, id: toBytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials),
    },
  });
  const { attestationObject, clientDataJSON } = credential.response;
  return answer(credential, {
    attestationObject: toText(attestationObject),
    clientDataJSON: toText(clientDataJSON),
    transports: credential.response.getTransports?.() ?? [],
  });
}

/** An error in the words of a person. */
export function words(error) {
  switch (error.name) {
    case "NotAllowedError": return text("cancelled");
    case "InvalidStateError": return text("hasPasskey");
    case "SecurityError": return text("noPasskeysHere");
    default: return error.message || text("again");
  }
}

function answer(credential, response) {
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}
