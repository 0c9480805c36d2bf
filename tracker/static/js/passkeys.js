// Passkeys are the one thing here that a browser does by script alone. A button with data-passkey asks the browser to
// make ("create") or to show ("get") one, by the question in data-asked, and sends its form with the answer.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const readable = (asked) => {
  const question = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) question.user = { ...asked.user, id: bytes(asked.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"])
    if (asked[list]) question[list] = asked[list].map((one) => ({ ...one, id: bytes(one.id) }));
  return question;
};

const told = (credential) => {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[part]) response[part] = text(credential.response[part]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
};

const ask = async (button) => {
  const trouble = button.form.querySelector("[data-passkey-trouble]");
  trouble.hidden = true;
  button.disabled = true;
  try {
    const publicKey = readable(JSON.parse(button.dataset.asked));
    button.form.elements[button.dataset.answer].value = told(
      await navigator.credentials[button.dataset.passkey]({ publicKey }),
    );
    button.form.submit();
  } catch {
    trouble.hidden = false;
    button.disabled = false;
    button.focus();
  }
};

if (window.PublicKeyCredential) {
  for (const shown of document.querySelectorAll("[data-with-passkeys]")) shown.hidden = false;
  for (const hidden of document.querySelectorAll("[data-without-passkeys]")) hidden.hidden = true;
  for (const button of document.querySelectorAll("button[data-passkey]"))
    button.addEventListener("click", () => button.form.reportValidity() && ask(button));
}
