import { Component, h, type ComponentType, type FunctionComponent } from 'preact';

/** A component that its parent draws anew only when one of its properties is another one. */
export function memo<P extends object>(inner: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = this.props as Record<string, unknown>;
      const after = next as Record<string, unknown>;
      return Object.keys(after).some((name) => after[name] !== before[name]);
    }

    override render() {
      return h(inner, this.props as P);
    }
  };
}
