/** The languages that `greet` knows. */
export declare const languages: string[];

/** Greets `name` in `language`, a code such as `en`. */
export declare function greet(name: string, language?: string): string;
