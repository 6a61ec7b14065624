/** A small Nest application: decorators, injected services, barrels, a base class. */
export const nestjsTs: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "users-api", "dependencies": { "@nestjs/common": "11.0.0" } }',
  'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true, "baseUrl": "./src" } }',
  'src/main.ts': `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}

void bootstrap();
`,
  'src/app.module.ts': `import { Module } from '@nestjs/common';
import { UsersController, UsersService } from 'users';

@Module({ controllers: [UsersController], providers: [UsersService] })
export class AppModule {}
`,
  'src/users/index.ts': `export * from './users.controller';
export { UsersService } from './users.service';
export type { User as UserRecord } from './user';
`,
  'src/users/user.ts': `export interface User {
  id: number;
  name: string;
}

export enum Role {
  Admin = 'admin',
  Guest = 'guest',
}
`,
  'src/users/users.service.ts': `import { Injectable } from '@nestjs/common';
import { Repository } from '../storage/repository';
import { Role, type User } from './user';

@Injectable()
export class UsersService extends Repository<User> {
  static readonly table = 'users';

  async findByName(name: string): Promise<User | undefined> {
    const all = await this.list();
    return all.find((user) => user.name === name);
  }

  roleOf(user: User): Role {
    return this.isFirst(user) ? Role.Admin : Role.Guest;
  }

  private isFirst(user: User): boolean {
    return user.id === 1;
  }
}
`,
  'src/users/users.controller.ts': `import { Controller, Get, Param } from '@nestjs/common';
import { UsersService } from './users.service';

@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get(':name')
  async show(@Param('name') name: string) {
    return this.users.findByName(name);
  }
}
`,
  'src/storage/repository.ts': `export abstract class Repository<T> {
  protected readonly rows: T[] = [];

  async list(): Promise<readonly T[]> {
    return this.rows;
  }

  abstract describe?(): string;
}
`,
  'test/users.service.spec.ts': `import { UsersService } from '../src/users';

describe('UsersService', () => {
  it('finds by name', async () => {
    expect(await new UsersService().findByName('ada')).toBeUndefined();
  });
});
`,
};
