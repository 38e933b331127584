import { api, Refused } from './api.ts';
import { h } from './dom.ts';

/** Asks for a token; `done` when the agent took it. */
export function loginForm(done: () => void): HTMLElement {
  const field = h('input', { id: 'token', type: 'password', required: true, autocomplete: 'current-password' });
  const problem = h('p', { role: 'alert', class: 'problem' });
  const submit = async (): Promise<void> => {
    try {
      await api.login(field.value);
      done();
    } catch (error) {
      problem.textContent = error instanceof Refused ? error.message : String(error);
      field.select();
    }
  };
  const onsubmit = (event: Event): void => {
    event.preventDefault();
    void submit();
  };
  return h(
    'form',
    { class: 'login', onsubmit },
    h('h1', { tabindex: -1 }, 'Log in'),
    h('p', {}, 'This agent asks for a token. Whoever runs it has one for reading (http.tokens in its configuration).'),
    h('label', { for: 'token' }, 'Token'),
    field,
    h('button', { type: 'submit' }, 'Log in'),
    problem,
  );
}
