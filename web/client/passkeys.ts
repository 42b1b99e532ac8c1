/* A form with data-passkey makes or uses a passkey: it asks our server what to sign, the device signs, the form
   goes with the answer in its hidden field. Where a browser has no passkeys the form stays hidden. */
import { bytes, text } from "./base64url.ts";

interface Descriptor {
  id: string;
  type: PublicKeyCredentialType;
}

interface Options {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
}

export function offerPasskeys(): void {
  if (!("PublicKeyCredential" in window)) return;
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (field(form, "answer").value !== "") return;
      event.preventDefault();
      void answer(form);
    });
  }
}

async function answer(form: HTMLFormElement): Promise<void> {
  const failed = form.querySelector<HTMLElement>("[data-passkey-failed]");
  try {
    const credential = await ask(form, await options(form));
    field(form, "answer").value = JSON.stringify(written(credential));
    form.requestSubmit();
  } catch {
    if (failed !== null) failed.hidden = false; // the person stopped, or the device has no key for us
  }
}

async function options(form: HTMLFormElement): Promise<Options> {
  const response = await fetch(form.dataset.options ?? "", {
    method: "POST",
    headers: { accept: "application/json", "x-csrf-token": field(form, "csrf_token").value },
  });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Options;
}

async function ask(form: HTMLFormElement, given: Options): Promise<PublicKeyCredential> {
  const publicKey = {
    ...given,
    challenge: bytes(given.challenge),
    ...(given.user && { user: { ...given.user, id: bytes(given.user.id) } }),
    ...(given.excludeCredentials && { excludeCredentials: given.excludeCredentials.map(read) }),
    ...(given.allowCredentials && { allowCredentials: given.allowCredentials.map(read) }),
  };
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: publicKey as PublicKeyCredentialCreationOptions })
      : await navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no credential");
  return credential;
}

/** The credential as the server reads it; older browsers have no toJSON of their own. */
function written(credential: PublicKeyCredential): unknown {
  const { response } = credential;
  const parts =
    response instanceof AuthenticatorAttestationResponse
      ? { attestationObject: text(response.attestationObject) }
      : signed(response as AuthenticatorAssertionResponse);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: { clientDataJSON: text(response.clientDataJSON), ...parts },
  };
}

function signed(response: AuthenticatorAssertionResponse): Record<string, string> {
  const parts: Record<string, string> = {
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
  };
  if (response.userHandle !== null) parts.userHandle = text(response.userHandle);
  return parts;
}

function read(descriptor: Descriptor): PublicKeyCredentialDescriptor {
  return { ...descriptor, id: bytes(descriptor.id) };
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  const found = form.elements.namedItem(name);
  if (!(found instanceof HTMLInputElement)) throw new Error(`the form has no field ${name}`);
  return found;
}
